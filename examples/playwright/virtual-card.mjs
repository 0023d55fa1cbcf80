// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A citizen's computer for the tests of a portal: a smart card service of its own with an emulated TS-CNS in its reader, the
// agent of Ponte, and hands that answer its dialogs. Copy this file into your project; it needs nothing but Node.js and the
// programs of Ponte, and touches nothing of the computer it runs on. The holders are invented, and their keys not secret.

import { execFile, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const startLimit = 60_000; // ms for a program to say that it is ready

/** @typedef {{bin: string, card?: string, language?: "it" | "en" | "de"}} Options */

export class VirtualCard {
  /** PIN of every emulated card. */
  static pin = "13572468";

  #bin;
  #dir = mkdtempSync(join(tmpdir(), "ponte-card-"));
  /** @type {import("node:child_process").ChildProcess[]} */
  #programs = [];
  /** What the browser has to be started with: here its native host finds this agent and no other. @type {Record<string, string>} */
  env;

  /** @param {Options} options */
  constructor({ bin, card = "holder=giada", language = "it" }) {
    this.#bin = bin;
    this.card = card;
    for (const name of ["config/ponte", "state", "runtime", "home"]) {
      mkdirSync(join(this.#dir, name), { recursive: true, mode: 0o700 });
    }
    this.env = {
      PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", HOME: join(this.#dir, "home"), XDG_CONFIG_HOME: join(this.#dir, "config"),
      XDG_STATE_HOME: join(this.#dir, "state"), XDG_RUNTIME_DIR: join(this.#dir, "runtime"),
    };
    const dialog = join(this.#dir, "pinentry");
    writeFileSync(dialog, `#!/bin/sh\n. '${this.#dir}/answers'\nexec '${join(bin, "ponte-testcard")}' pinentry\n`);
    chmodSync(dialog, 0o700);
    writeFileSync(join(this.#dir, "config/ponte/config.toml"),
      `language = "${language}"\npinentry_program = "${dialog}"\nwebsocket = "off"\ndeveloper_mode = true # for http://localhost\n`);
    this.types(VirtualCard.pin);
  }

  /** The certificate of the authority that issued the card (PEM): your portal has to trust it, in its tests only. */
  get authority() {
    return join(this.#dir, "ca.pem");
  }

  /** A directory for the profile of a Chromium with the extension, and the arguments to start it with. */
  async browser() {
    const profile = mkdtempSync(join(this.#dir, "profile-"));
    await run(join(this.#bin, "ponte"), ["browsers", "register", "--dir", join(profile, "NativeMessagingHosts"), "--family", "chromium"], { env: this.env });
    return { profile, args: [`--load-extension=${join(this.#bin, "extension", "chrome")}`] };
  }

  /** Starts the reader, puts the card in and starts the agent. */
  async start() {
    const reader = await this.#start("ponte-testcard", ["pcscd", "--dir", join(this.#dir, "pcscd")], /PONTE_VPCD_PORT=(\d+)/);
    this.env["PCSCLITE_CSOCK_NAME"] = join(this.#dir, "pcscd", "run", "pcscd.comm");
    await this.#start("ponte-testcard", ["--port", reader[1] ?? "", "--control", this.#control, "--ca-out", this.authority, "--card", this.card], /^card 1:/m);
    await this.#start("ponte", ["run"], /msg=ready/);
  }

  async stop() {
    for (const program of this.#programs.reverse()) {
      const ended = new Promise((done) => program.once("exit", done));
      if (program.exitCode === null && program.signalCode === null) {
        program.kill();
        await ended;
      }
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** At the next dialogs the citizen types these PINs, one after the other; without any presses Cancel. @param {string[]} pins */
  types(...pins) {
    const pin = pins.length > 0 ? `export PONTE_TEST_PIN=${pins.join(",")}\n` : "";
    writeFileSync(join(this.#dir, "answers"), `${pin}export PONTE_TEST_PINENTRY_LOG='${this.#shown}'\n`);
    rmSync(this.#shown, { force: true });
  }

  /** What the dialogs have said since types(). */
  get dialogs() {
    return existsSync(this.#shown) ? decodeURIComponent(readFileSync(this.#shown, "utf8")) : "";
  }

  async eject() {
    await this.#tell("eject");
  }

  async insert() {
    await this.#tell("insert");
  }

  /** Takes the card out, changes it and puts it back. @param {"ok" | "blocked" | "expired" | "not-activated" | "no-certificate" | `tries=${number}`} state */
  async become(state) {
    await this.eject();
    await this.#sees((seen) => seen.includes("NO_CARD"));
    await this.#tell("state", state);
    await this.insert();
    await this.#sees((seen) => !seen.includes("NO_CARD"));
  }

  get #control() {
    return join(this.#dir, "control.sock");
  }

  get #shown() {
    return join(this.#dir, "shown");
  }

  /** @param {string[]} command */
  async #tell(...command) {
    await run(join(this.#bin, "ponte-testcard"), ["ctl", "--control", this.#control, ...command]);
  }

  /** pcscd looks into its readers each 0.4 s only: waits until the agent has seen what happened. @param {(seen: string) => boolean} is */
  async #sees(is) {
    for (const end = Date.now() + startLimit; Date.now() < end;) {
      const { stdout } = await run(join(this.#bin, "ponte"), ["card", "info", "--json"], { env: this.env }).catch((/** @type {{stdout: string}} */ failed) => failed);
      if (is(stdout)) {
        return;
      }
      await new Promise((wake) => setTimeout(wake, 50));
    }
    throw new Error("the agent does not see what happened to the card");
  }

  /**
   * Starts a program and waits for what it says when it is ready.
   * @param {string} name @param {string[]} args @param {RegExp} ready
   * @returns {Promise<RegExpExecArray>}
   */
  async #start(name, args, ready) {
    const program = spawn(join(this.#bin, name), args, { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.#programs.push(program);
    let said = "";
    return new Promise((give, fail) => {
      const timer = setTimeout(() => { fail(new Error(`${name} is not ready; it said: ${said}`)); }, startLimit);
      /** @param {Buffer} text */
      const hear = (text) => {
        said += text.toString();
        const found = ready.exec(said);
        if (found !== null) {
          clearTimeout(timer);
          give(found);
        }
      };
      program.stdout.on("data", hear);
      program.stderr.on("data", hear);
      program.once("error", fail);
      program.once("exit", () => { fail(new Error(`${name} ended; it said: ${said}`)); });
    });
  }
}
