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

/**
 * The processes under another whose command line holds a word.
 * @param {number} ancestor
 * @param {string} word
 */
export function descendants(ancestor, word) {
  const parents = new Map(readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).map((pid) => [Number(pid), parentOf(Number(pid))]));
  /** @param {number | undefined} pid @returns {boolean} */
  const under = (pid) => pid !== undefined && (pid === ancestor || under(parents.get(pid)));
  return [...parents.keys()].filter((pid) => under(parents.get(pid)) && textOf(pid, "cmdline").includes(word));
}

/** @param {number} pid */
function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)/m.exec(textOf(pid, "status"))?.[1]) || undefined;
}

/** @param {number} pid @param {string} file */
function textOf(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it ended in this moment
  }
}
