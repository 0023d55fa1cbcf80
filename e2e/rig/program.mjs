// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A program that runs beside the tests: its output goes into a log, and it never outlives them.

import { execFile, spawn } from "node:child_process";
import { openSync, readFileSync, closeSync } from "node:fs";
import { promisify } from "node:util";
import { limit, until } from "./wait.mjs";

export const run = promisify(execFile);

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

export class Program {
  #log;
  #begin;
  #child;

  /**
   * @param {string} log file that gets all output
   * @param {NodeJS.ProcessEnv} env
   * @param {string} path
   * @param {string[]} args
   */
  constructor(log, env, path, args) {
    this.#log = log;
    const out = openSync(log, "a");
    this.#begin = readFileSync(log).length;
    // The kernel ends it when these tests end, however they end.
    this.#child = spawn("setpriv", ["--pdeathsig", "TERM", path, ...args], { env, stdio: ["ignore", out, out] });
    closeSync(out);
    this.ended = /** @type {Promise<void>} */ (new Promise((done) => {
      this.#child.once("exit", () => { done(); });
      this.#child.once("error", () => { done(); });
    }));
  }

  get pid() {
    return this.#child.pid ?? 0;
  }

  get running() {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it has printed. */
  get output() {
    return readFileSync(this.#log).subarray(this.#begin).toString();
  }

  /**
   * Waits for a line that it prints.
   * @param {RegExp} pattern
   */
  async line(pattern) {
    return until(`${pattern} in ${this.#log}`, () => {
      const found = pattern.exec(this.output);
      if (found === null && !this.running) {
        throw new Error(`a program ended before it printed ${pattern}; it printed: ${this.output}`);
      }
      return found;
    });
  }

  /** @param {NodeJS.Signals} signal */
  async stop(signal = "SIGTERM") {
    if (!this.running) {
      return;
    }
    this.#child.kill(signal);
    const late = setTimeout(() => this.#child.kill("SIGKILL"), limit);
    await this.ended;
    clearTimeout(late);
    if (signal !== "SIGKILL" && this.#child.signalCode === "SIGKILL") {
      throw new Error(`${this.#log}: the program did not end, and was killed`);
    }
  }
}
