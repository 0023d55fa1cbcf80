// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A screen of its own (Xvfb) with a window manager: where the real PIN dialogs and, when a test wants to see it, a
// browser appear.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Program, run } from "./program.mjs";
import { png } from "./png.mjs";
import { until } from "./wait.mjs";

export class Desktop {
  #dir;
  #logs;
  /** @type {Program[]} */
  #programs = [];
  /** @type {NodeJS.ProcessEnv} */
  #env = {};
  display = "";

  /**
   * @param {string} dir for the screen's memory
   * @param {string} logs
   */
  constructor(dir, logs) {
    this.#dir = dir;
    this.#logs = logs;
  }

  /** @param {NodeJS.ProcessEnv} env */
  async start(env) {
    // Not a number that Xvfb chooses: it looks which are free in its own network namespace, and would take the socket away
    // from a screen of somebody else.
    this.display = `:${1000 + (process.pid % 50_000)}`;
    // No reset: when its first client leaves before the second is served, Xvfb would close the second's connection, and the
    // window manager dies of it.
    const screen = new Program(join(this.#logs, "xvfb.log"), env, "Xvfb",
      [this.display, "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset", "-fbdir", this.#dir]);
    this.#programs.push(screen);
    await screen.line(/^\d+$/m); // ready
    this.#env = { ...env, DISPLAY: this.display };
    this.#programs.push(new Program(join(this.#logs, "openbox.log"), this.#env, "openbox", []));
    await until("the window manager", async () => this.#xdotool("get_num_desktops"));
  }

  async stop() {
    for (const program of this.#programs.reverse()) {
      await program.stop();
    }
  }

  /** The dialogs of Ponte that can be seen. */
  async windows() {
    const ids = await this.#xdotool("search", "--onlyvisible", "--name", "^Ponte$");
    return (ids ?? "").split("\n").filter((id) => id !== "");
  }

  /**
   * Waits until a dialog has the keyboard, and gives its process: windows of two programs in turn may have the same number.
   * @param {string} [before] the dialog that was there before
   */
  async dialog(before) {
    return until("a dialog of Ponte that has the keyboard", async () => {
      const [id] = await this.windows();
      if (id === undefined || (await this.#xdotool("getwindowfocus", "getwindowname")) !== "Ponte") {
        return undefined;
      }
      const pid = await this.#xdotool("getwindowpid", id);
      return pid !== before && pid;
    });
  }

  /** Waits until no dialog is left. */
  async cleared() {
    await until("the dialog to go away", async () => (await this.windows()).length === 0);
  }

  /** @param {string} text */
  async type(text) {
    await this.#xdotool("type", "--delay", "40", text);
  }

  /** @param {string[]} keys */
  async press(...keys) {
    await this.#xdotool("key", "--delay", "40", ...keys);
  }

  /** @param {string} name */
  screenshot(name) {
    writeFileSync(join(this.#logs, `${name}.png`), png(readFileSync(join(this.#dir, "Xvfb_screen0"))));
  }

  /**
   * @param {string[]} args
   * @returns {Promise<string | undefined>} undefined when it fails: it does when a search finds nothing
   */
  async #xdotool(...args) {
    return run("xdotool", args, { env: this.#env }).then(({ stdout }) => stdout.trim(), () => undefined);
  }
}
