// SPDX-License-Identifier: EUPL-1.2

// Compiles the tests of extension/ and portal/js with esbuild and runs them with node's own test runner:
//   node extension/test.mjs [words of a file's path]

import { spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildExtension } from "./build.mjs";
import { buildPortal } from "../portal/js/build.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "build", "js-test");
const wanted = process.argv.slice(2);

const files = [];
for (const folder of ["extension/test", "portal/js/test"]) {
  for (const file of (await readdir(join(root, folder))).sort()) {
    if (file.endsWith(".test.ts") && wanted.every((word) => join(folder, file).includes(word))) {
      files.push(join(folder, file));
    }
  }
}

await rm(out, { recursive: true, force: true });
await buildExtension(join(out, "built"));
await buildPortal(join(out, "dist"));
await build({
  absWorkingDir: root,
  entryPoints: files,
  outdir: out,
  outbase: ".",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});

const compiled = files.map((file) => join(out, file.replace(/\.ts$/, ".mjs")));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-force-exit", "--test-timeout=600000", ...compiled], {
  stdio: "inherit",
  cwd: root,
  env: { ...process.env, PONTE_BUILT: join(out, "built"), PONTE_DIST: join(out, "dist") },
});
process.exit(status ?? 1);
