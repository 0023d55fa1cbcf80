// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The processes of a rig, whoever started them: a native host starts the agent when none runs, and that one outlives both
// the native host and the browser.

import { readdirSync, readFileSync } from "node:fs";
import { until } from "./wait.mjs";

/**
 * The processes in the desktop session of a rig.
 * @param {NodeJS.ProcessEnv} env of the rig
 * @param {string} [name] of the program
 * @returns {number[]}
 */
export function processesOf(env, name) {
  const mark = `XDG_RUNTIME_DIR=${env["XDG_RUNTIME_DIR"]}`;
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark) && (name === undefined || nameOf(pid) === name);
    } catch {
      return false; // it ended in this moment, or is another user's
    }
  });
}

/** @param {number} pid */
function nameOf(pid) {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0]?.split("/").pop();
}

/**
 * Ends processes, and waits for it.
 * @param {() => number[]} which
 * @param {NodeJS.Signals} signal
 */
export async function end(which, signal = "SIGKILL") {
  /** @type {Set<number>} */
  const told = new Set();
  await until("programs to end", () => {
    const left = which();
    for (const pid of left.filter((p) => !told.has(p))) {
      told.add(pid);
      try {
        process.kill(pid, signal);
      } catch {
        // it ended in this moment
      }
    }
    return left.length === 0;
  });
}
