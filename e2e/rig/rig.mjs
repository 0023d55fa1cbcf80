// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A rig: the private world of one test file. Home, desktop session, pcscd, cards, agent, portal; browsers are added by
// browsers.mjs. Only the chip of the card is emulated, and in most tests the hands of the citizen.

import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "./agent.mjs";
import { Cards, Pcscd } from "./cards.mjs";
import { makeCertificate } from "./certificate.mjs";
import { Desktop } from "./desktop.mjs";
import { Dialogs } from "./dialogs.mjs";
import { artefacts } from "./places.mjs";
import { Portal } from "./portal.mjs";
import { end, processesOf } from "./processes.mjs";

/** The cards: the first is in its reader when a test file begins. */
export const giada = "holder=giada";
export const matteo = "holder=matteo";

/** What the portal shows after their logins. */
export const giadaIsIn = { in: true, name: "GIADA PROVA", fiscalCode: "RSSGPR84S63H501C" };
export const matteoIsIn = { in: true, name: "MATTEO PROVA", fiscalCode: "RSSMTP17C15H501V" };

export class Rig {
  logs;
  dir = mkdtempSync(join(tmpdir(), "ponte-e2e-"));
  env;
  pcscd;
  cards;
  agent;
  dialogs;
  desktop;
  portal = new Portal();
  /** @type {{cert: string, key: string}} */
  tls = { cert: "", key: "" };
  /** @type {(() => Promise<void>)[]} What ends with the rig. */
  endings = [];

  /** @param {string} name of the directory for logs and screenshots */
  constructor(name) {
    this.logs = artefacts(name);
    this.env = privateSession(this.dir);
    this.pcscd = new Pcscd(join(this.dir, "pcscd"), this.logs, this.env);
    this.env["PCSCLITE_CSOCK_NAME"] = this.pcscd.socket;
    this.agent = new Agent(this.logs, this.env);
    this.cards = new Cards(this.dir, this.logs, this.env, (reader) => this.agent.sees(reader));
    this.dialogs = new Dialogs(join(this.dir, "dialogs"));
    this.desktop = new Desktop(join(this.dir, "screen"), this.logs);
  }

  /**
   * Starts everything but browsers.
   * @param {{desktop?: boolean, agent?: boolean, settings?: Record<string, string | boolean>}} options
   */
  async start({ desktop = false, agent = true, settings = {} } = {}) {
    if (desktop) {
      await this.desktop.start(this.env);
      this.env["DISPLAY"] = this.desktop.display;
    }
    await this.pcscd.start();
    await this.cards.start(this.pcscd.port, giada, matteo);
    this.tls = await makeCertificate(this.dir);
    await this.portal.start(this.logs, this.env, this.cards.authority, this.tls);
    this.configure(settings);
    if (agent) {
      await this.agent.start();
    }
  }

  /** Writes the settings of the agent, for when it starts. @param {Record<string, string | boolean>} settings */
  configure(settings) {
    this.agent.configure({ language: "it", pinentry_program: this.dialogs.program, ...settings });
  }

  /** Ends everything; nothing of this rig is left running, also where a part of it does not end as it should. */
  async stop() {
    const parts = [this.portal, this.agent, this.cards, this.pcscd, this.desktop].map((part) => async () => part.stop());
    const programs = async () => end(() => processesOf(this.env)); // what the programs have started in their turn
    /** @type {unknown[]} */
    const failures = [];
    for (const ending of [...this.endings.reverse(), ...parts, programs]) {
      await ending().catch((/** @type {unknown} */ error) => { failures.push(error); });
    }
    const log = join(this.dir, "state", "ponte", "ponte.log"); // of all agents, whoever started them
    if (existsSync(log)) {
      copyFileSync(log, join(this.logs, "ponte.log"));
    }
    rmSync(this.dir, { recursive: true, force: true });
    this.agent.checkCrashes();
    if (failures.length > 0) {
      throw new AggregateError(failures, "not all of the rig has ended well");
    }
  }
}

/**
 * The environment of a citizen who has just logged in to a new computer.
 * @param {string} dir
 * @returns {NodeJS.ProcessEnv}
 */
function privateSession(dir) {
  for (const name of ["home", "config", "state", "runtime", "screen"]) {
    mkdirSync(join(dir, name), { mode: 0o700 });
  }
  chmodSync(join(dir, "runtime"), 0o700);
  return {
    PATH: process.env["PATH"], HOME: join(dir, "home"), LANG: "it_IT.UTF-8", LANGUAGE: "it", TMPDIR: dir,
    XDG_CONFIG_HOME: join(dir, "config"), XDG_STATE_HOME: join(dir, "state"), XDG_RUNTIME_DIR: join(dir, "runtime"),
    NO_AT_BRIDGE: "1", GSETTINGS_BACKEND: "memory",
  };
}
