// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A real pcscd with virtual readers, and emulated cards to put in them.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { built } from "./places.mjs";
import { Program, run } from "./program.mjs";
import { until } from "./wait.mjs";

/** A private pcscd. */
export class Pcscd {
  #dir;
  #log;
  #env;
  /** @type {Program | undefined} */
  #program;
  /** Of the first reader; 0 without readers. */
  port = 0;

  /** @param {string} dir @param {string} logs @param {NodeJS.ProcessEnv} env */
  constructor(dir, logs, env) {
    this.#dir = dir;
    this.#log = join(logs, "pcscd.log");
    this.#env = env;
  }

  /** Where programs find this pcscd: the same after each start. */
  get socket() {
    return join(this.#dir, "run", "pcscd.comm");
  }

  async start({ readers = true } = {}) {
    const none = readers ? [] : ["--no-reader"];
    this.#program = new Program(this.#log, this.#env, built("ponte-testcard"), ["pcscd", "--dir", this.#dir, ...none]);
    const [line] = await this.#program.line(/^PCSCLITE_CSOCK_NAME=.*$/m);
    this.port = Number(/PONTE_VPCD_PORT=(\d+)/.exec(line)?.[1] ?? 0);
  }

  /** Ends it, in order or as a crash does. @param {"SIGTERM" | "SIGKILL"} signal */
  async stop(signal = "SIGTERM") {
    await this.#program?.stop(signal);
  }
}

const absent = ["no-card", "NO_CARD"];

/** Cards beside or in the readers: the first belongs to the first reader. */
export class Cards {
  #dir;
  #logs;
  #env;
  #sees;
  /** @type {Program | undefined} */
  #program;

  /**
   * @param {string} dir @param {string} logs @param {NodeJS.ProcessEnv} env
   * @param {(reader: 1 | 2) => Promise<string>} sees what the agent sees in a reader: pcscd looks each 0.4 s only, and a card
   *   that comes back before that was never away
   */
  constructor(dir, logs, env, sees) {
    this.#dir = dir;
    this.#logs = logs;
    this.#env = env;
    this.#sees = sees;
  }

  /** The certificate of the authority that issued all cards. */
  get authority() {
    return join(this.#dir, "ca.pem");
  }

  get #control() {
    return join(this.#dir, "control.sock");
  }

  /**
   * Lays cards out; the first is put in its reader.
   * @param {number} port of the first reader
   * @param {string[]} cards descriptions, as ponte-testcard --card takes them
   */
  async start(port, ...cards) {
    await this.stop();
    rmSync(this.#control, { force: true });
    this.#program = new Program(join(this.#logs, "testcard.log"), this.#env, built("ponte-testcard"), [
      "--port", String(port), "--control", this.#control, "--pki", join(this.#dir, "pki"), "--ca-out", this.authority,
      "--no-insert", ...cards.flatMap((card) => ["--card", card]),
    ]);
    await this.#program.line(new RegExp(`^card ${cards.length}:`, "m"));
    await this.insert();
  }

  async stop() {
    await this.#program?.stop();
  }

  /** @param {1 | 2} card */
  async insert(card = 1) {
    await this.#tell("insert", card);
    await until("the card to be seen", async () => !absent.includes(await this.#sees(card)));
  }

  /** @param {1 | 2} card */
  async eject(card = 1) {
    await this.#tell("eject", card);
    await this.missed(card);
  }

  /** Waits until the agent has seen that a card is out. @param {1 | 2} card */
  async missed(card = 1) {
    await until("the card to be missed", async () => absent.includes(await this.#sees(card)));
  }

  /** Takes the card out, changes it and puts it back: an agent that has read it before reads it again. @param {string} state */
  async become(state) {
    await this.eject();
    await this.#tell("state", 1, state);
    await this.insert();
  }

  /** The first card leaves its reader when it has got so many more commands. @param {number} commands */
  async ejectAt(commands) {
    await this.#tell("eject-at", 1, String(commands));
  }

  /** PIN tries left of the first card. */
  async triesLeft() {
    return Number(/ tries=(\d+)/.exec(await this.#tell("state", 1))?.[1]);
  }

  /** PINs that the first card has been asked to check since it was laid out. */
  async verifies() {
    return Number(/verifies=(\d+)/.exec(await this.#tell("counters", 1))?.[1]);
  }

  /** Is the first card in its reader? */
  async inside() {
    return (await this.#tell("state", 1)).includes("reader=in");
  }

  /** @param {string} command @param {1 | 2} card @param {string[]} rest */
  async #tell(command, card, ...rest) {
    const { stdout } = await run(built("ponte-testcard"), ["ctl", "--control", this.#control, command, String(card), ...rest]);
    return stdout;
  }
}
