// SPDX-License-Identifier: BSD-3-Clause

// Builds the package: node portal/js/build.mjs [outdir]
//   index.js, login.js, web-eid.js, *.d.ts   for bundlers and TypeScript; what they share is in one more file
//   ponte.js, ponte-login.js, ponte-web-eid.js   each one minified module that a portal can serve as it is
//   *.iife.js   the same as plain scripts: the globals Ponte and webeid

import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

/** What can be served as it is, from which source, and its global as a plain script. */
const served = [
  ["ponte", "index", "Ponte"],
  ["ponte-login", "login", undefined],
  ["ponte-web-eid", "web-eid", "webeid"],
];

export async function buildPortal(outdir) {
  await rm(outdir, { recursive: true, force: true });
  const common = {
    absWorkingDir: here,
    bundle: true,
    target: "es2020",
    banner: { js: "// SPDX-License-Identifier: BSD-3-Clause" },
    logLevel: "warning",
  };
  const sources = served.map(([, source]) => `src/${source}.ts`);
  await build({ ...common, entryPoints: sources, format: "esm", splitting: true, chunkNames: "shared-[hash]", outdir });
  for (const [name, source, globalName] of served) {
    const one = { ...common, entryPoints: [`src/${source}.ts`], minify: true };
    await build({ ...one, format: "esm", outfile: join(outdir, `${name}.js`) });
    if (globalName !== undefined) {
      await build({ ...one, format: "iife", globalName, outfile: join(outdir, `${name}.iife.js`) });
    }
  }

  const typescript = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const { status } = spawnSync(process.execPath, [typescript, "-p", here, "--outDir", outdir], { stdio: "inherit" });
  if (status !== 0) {
    throw new Error("tsc failed");
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildPortal(resolve(process.argv[2] ?? join(here, "dist")));
}
