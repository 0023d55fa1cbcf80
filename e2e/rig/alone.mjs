// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Import this first: it runs the test file again in a network of its own, which has nothing but a loopback. The ports of
// the WebSocket are fixed, so that an agent of somebody else on this machine would answer the pages of the tests.

import { spawnSync } from "node:child_process";

if (process.env["PONTE_E2E_ALONE"] === undefined) {
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const { status, error } = spawnSync("setpriv", [
    "--pdeathsig", "TERM", "unshare", ...user, "--net", "sh", "-c", 'PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && exec "$@"', "sh",
    process.execPath, ...process.execArgv, ...process.argv.slice(1),
  ], { stdio: "inherit", env: { ...process.env, PONTE_E2E_ALONE: "yes" } });
  if (error) {
    throw error;
  }
  process.exit(status ?? 1);
}
