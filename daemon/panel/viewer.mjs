// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Fills viewer/pdfjs with what the viewer needs of pdf.js, each file compressed as it is served: the library and its worker
// for browsers of the last years, the decoders of pictures, the fonts that a PDF need not hold, and the tables for Chinese,
// Japanese and Korean. Not its own viewer, and not what runs scripts inside PDFs. node daemon/panel/viewer.mjs

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

const pdfjs = join(import.meta.dirname, "..", "..", "node_modules", "pdfjs-dist");
const target = join(import.meta.dirname, "viewer", "pdfjs");

if (!existsSync(join(pdfjs, "package.json"))) {
  console.error('viewer.mjs: pdfjs-dist is not there, run "npm ci" first');
  process.exit(1);
}

/** @param {string} folder @param {RegExp} wanted */
const inside = (folder, wanted) => readdirSync(join(pdfjs, folder)).filter((name) => wanted.test(name)).map((name) => `${folder}/${name}`);

const files = [
  "LICENSE", "legacy/build/pdf.min.mjs",
  ...inside("wasm", /^(jbig2|openjpeg|qcms_bg)\.wasm$|^LICENSE_(?!.*QUICKJS)/),
  ...inside("standard_fonts", /\.(pfb|ttf)$|^LICENSE/),
  ...inside("iccs", /\.icc$/),
  ...inside("cmaps", /\.bcmap$|^LICENSE/),
];

mkdirSync(target, { recursive: true });
const names = new Set([".gitignore"]);

/** @param {string} name @param {Uint8Array} content */
function put(name, content) {
  names.add(`${name}.gz`);
  writeFileSync(join(target, `${name}.gz`), gzipSync(content, { level: 9 }));
}

// The frame has no origin, and Chromium starts a worker there from a classic script only.
const [worker] = buildSync({
  entryPoints: [join(pdfjs, "legacy/build/pdf.worker.min.mjs")], bundle: true, minify: true, format: "iife", target: "es2022", write: false,
  define: { "import.meta.url": '""' }, legalComments: "inline", logLevel: "error",
}).outputFiles;
put("pdf.worker.min.js", worker?.contents ?? new Uint8Array());

for (const file of files) {
  const folder = file.split("/")[0];
  const name = basename(file).startsWith("LICENSE") && file !== "LICENSE" ? `LICENSE_${folder}_${basename(file)}` : basename(file);
  put(name, readFileSync(join(pdfjs, file)));
}
for (const name of readdirSync(target)) { // of another version
  if (!names.has(name)) {
    rmSync(join(target, name));
  }
}
