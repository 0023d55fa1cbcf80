// SPDX-License-Identifier: EUPL-1.2

// Builds the two unpacked extensions: node extension/build.mjs [outdir]. Offline; the same input gives the same bytes.

import { cp, mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const targets = { chrome: "chrome116", firefox: "firefox140" };

export async function buildExtension(outdir) {
  for (const [browser, target] of Object.entries(targets)) {
    const out = join(outdir, browser);
    await rm(out, { recursive: true, force: true });
    await mkdir(join(out, "icons"), { recursive: true });
    await build({
      absWorkingDir: here,
      entryPoints: ["src/content.ts", "src/background.ts", "src/popup.ts"],
      outdir: out,
      bundle: true,
      format: "iife",
      target,
      minify: true,
      legalComments: "none",
      logLevel: "warning",
    });
    await cp(join(here, browser, "manifest.json"), join(out, "manifest.json"));
    if (browser === "chrome") {
      await cp(join(here, browser, "managed.json"), join(out, "managed.json")); // Firefox has no place for a schema
    }
    await cp(join(here, "_locales"), join(out, "_locales"), { recursive: true });
    for (const page of ["popup.html", "popup.css"]) {
      await cp(join(here, "src", page), join(out, page));
    }
    for (const size of [16, 32, 48, 128]) {
      await cp(join(here, "icons", `${size}.png`), join(out, "icons", `${size}.png`));
    }
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildExtension(resolve(process.argv[2] ?? join(here, "..", "bin", "extension")));
}
