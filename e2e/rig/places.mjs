// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Where the built programs are, and where logs and screenshots go.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The built programs: bin/, or what PONTE_E2E_BIN names. */
export const bin = process.env["PONTE_E2E_BIN"] ?? join(root, "bin");

/**
 * A built file. The tests build nothing: `make test` does that before them.
 * @param {string[]} parts
 */
export function built(...parts) {
  const path = join(bin, ...parts);
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: run "make build" first`);
  }
  return path;
}

/**
 * A new directory for the logs and screenshots of one rig.
 * @param {string} name
 */
export function artefacts(name) {
  const dir = join(root, "build", "e2e", name);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  return dir;
}
