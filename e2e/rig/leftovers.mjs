// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// What the programs of a rig have started in their turn: an agent that a browser's native host has started outlives both.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./wait.mjs";

/**
 * The processes whose session is that of a rig, by their environment.
 * @param {string} dir of the rig
 * @param {string} [name] of the program
 * @returns {number[]}
 */
export function processesOf(dir, name) {
  const mark = `XDG_RUNTIME_DIR=${join(dir, "runtime")}`;
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      return environment.includes(mark) && (name === undefined || readFileSync(`/proc/${pid}/comm`, "utf8").trim() === name.slice(0, 15));
    } catch {
      return false; // ended, or another user's
    }
  }).map(Number);
}

/**
 * Ends what is left.
 * @param {string} dir
 */
export async function endLeftovers(dir) {
  await until("the last programs to end", () => {
    const left = processesOf(dir);
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it ended in this moment
      }
    }
    return left.length === 0;
  });
}
