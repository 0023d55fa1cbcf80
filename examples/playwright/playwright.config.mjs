// SPDX-License-Identifier: EUPL-1.2
// @ts-check

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  workers: 1, // one card, one reader
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: "list",
  outputDir: "../../build/playwright",
});
