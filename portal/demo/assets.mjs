// SPDX-License-Identifier: BSD-3-Clause

// Fills a directory with what the pages of ponte-demo need and the repository does not hold: the style and fonts of
// bootstrap-italia, and the browser library of portal/js. node portal/demo/assets.mjs [directory]

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const target = process.argv[2] ?? join(root, "bin", "demo-assets");
const italia = join(root, "node_modules", "bootstrap-italia");
const font = (weight) => `titillium-web-v10-latin-ext_latin-${weight}.woff2`;

const files = [
  [join(italia, "dist/css/bootstrap-italia.min.css"), "bootstrap-italia/bootstrap-italia.min.css"],
  [join(italia, "LICENSE"), "bootstrap-italia/LICENSE"],
  ...["regular", "600", "700"].map((w) => [join(italia, "dist/fonts/Titillium_Web", font(w)), `bootstrap-italia/fonts/${font(w)}`]),
  [join(root, "portal/js/dist/ponte.js"), "ponte.js"],
];

const missing = files.map(([from]) => from).filter((from) => !existsSync(from));
if (missing.length > 0) {
  console.error(`assets.mjs: not found, run "npm ci" and "npm run build" first:\n  ${missing.join("\n  ")}`);
  process.exit(1);
}
rmSync(join(target, "bootstrap-italia"), { recursive: true, force: true });
for (const [from, to] of files) {
  mkdirSync(join(target, to, ".."), { recursive: true });
  cpSync(from, join(target, to));
}

// The style sheet holds a font for videos as a data: URL, which the Content-Security-Policy of the pages forbids.
const sheet = join(target, "bootstrap-italia/bootstrap-italia.min.css");
writeFileSync(sheet, readFileSync(sheet, "utf8").replace(/@font-face\{font-family:VideoJS;[^}]*\}/, ""));
