// SPDX-License-Identifier: BSD-3-Clause

// Builds the package: node portal/js/build.mjs [outdir]
//   index.js, *.d.ts   for bundlers and TypeScript
//   ponte.js           one minified module that a portal can serve as it is
//   ponte.iife.js      the same as a plain script, with the global Ponte

import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

export async function buildPortal(outdir) {
  await rm(outdir, { recursive: true, force: true });
  const common = {
    absWorkingDir: here,
    entryPoints: ["src/index.ts"],
    bundle: true,
    target: "es2020",
    banner: { js: "// SPDX-License-Identifier: BSD-3-Clause" },
    logLevel: "warning",
  };
  await build({ ...common, format: "esm", outfile: join(outdir, "index.js") });
  await build({ ...common, format: "esm", minify: true, outfile: join(outdir, "ponte.js") });
  await build({ ...common, format: "iife", globalName: "Ponte", minify: true, outfile: join(outdir, "ponte.iife.js") });

  const typescript = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const { status } = spawnSync(process.execPath, [typescript, "-p", here, "--outDir", outdir], { stdio: "inherit" });
  if (status !== 0) {
    throw new Error("tsc failed");
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildPortal(resolve(process.argv[2] ?? join(here, "dist")));
}
