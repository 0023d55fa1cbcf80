// SPDX-License-Identifier: EUPL-1.2

import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["bin/", "build/", "node_modules/", "portal/js/dist/"] },
  {
    files: ["extension/**/*.ts", "portal/js/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: ["test", "describe", "it"] }] }],
    },
  },
);
