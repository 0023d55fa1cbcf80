// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The agent, `ponte run`, in the private session of a rig.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { built } from "./places.mjs";
import { end, processesOf } from "./processes.mjs";
import { Program, run } from "./program.mjs";
import { until } from "./wait.mjs";

export class Agent {
  #env;
  #log;
  /** @type {Program | undefined} */
  #program;

  /** @param {string} logs @param {NodeJS.ProcessEnv} env */
  constructor(logs, env) {
    this.#log = join(logs, "agent.log");
    this.#env = env;
  }

  /** @param {Record<string, string | boolean>} settings */
  configure(settings) {
    const dir = join(this.#env["XDG_CONFIG_HOME"] ?? "", "ponte");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "config.toml"), Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join(""));
  }

  async start() {
    this.#program = new Program(this.#log, this.#env, built("ponte"), ["run"]);
    await this.#program.line(/msg=ready/);
  }

  /** Ends the agent, whoever started it. @param {NodeJS.Signals} signal */
  async stop(signal = "SIGTERM") {
    const running = processesOf(this.#env, "ponte");
    await end(() => processesOf(this.#env, "ponte").filter((pid) => running.includes(pid)), signal);
  }

  /** Fails when an agent has crashed: another one, started in its place, could hide that from the tests. */
  checkCrashes() {
    const crash = existsSync(this.#log) && /^(SIG[A-Z]+: |panic: |fatal error: ).*$/m.exec(readFileSync(this.#log, "utf8"));
    if (crash) {
      throw new Error(`the agent has crashed, see ${this.#log}: ${crash[0]}`);
    }
  }

  /** Forgets all sites, and how often they asked. A page that is still open may start an agent in between: that one ends too. */
  async startAfresh() {
    await until("an agent that forgot everything", async () => {
      await this.stop();
      rmSync(join(this.#env["XDG_STATE_HOME"] ?? "", "ponte", "sites.json"), { force: true });
      try {
        await this.start();
        return true;
      } catch (error) {
        if (/another agent of this user is running/.test(String(error))) {
          return false;
        }
        throw error;
      }
    });
  }

  /** The agent is running, whoever started it. */
  async reachable() {
    return JSON.parse(await this.command("status", "--json")).running === true;
  }

  /**
   * What the agent, or without one the command itself, sees in a reader.
   * @param {1 | 2} reader
   * @returns {Promise<string>} the state of a card, or a code when no reader has a card that can be used
   */
  async sees(reader) {
    const seen = JSON.parse(await this.command("card", "info", "--json").catch((/** @type {{stdout: string}} */ { stdout }) => stdout));
    return Array.isArray(seen) ? seen[reader - 1]?.state : seen.error.code;
  }

  /** The port of the WebSocket. */
  get port() {
    return Number(/msg=WebSocket port=(\d+)/.exec(this.#program?.output ?? "")?.[1]);
  }

  /**
   * Runs another command of ponte, and gives what it prints.
   * @param {string[]} args
   */
  async command(...args) {
    const { stdout } = await run(built("ponte"), args, { env: this.#env });
    return stdout;
  }
}
