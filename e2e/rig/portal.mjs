// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The demo portal, and what a citizen does on its pages.

import { createServer } from "node:net";
import { join } from "node:path";
import { built } from "./places.mjs";
import { Program } from "./program.mjs";
import { until } from "./wait.mjs";

/** @typedef {import("puppeteer-core").Page} Page */

/**
 * How a login ended: who is in, or why not.
 * @typedef {{in: true, name: string, fiscalCode: string, code?: undefined, text?: undefined} | {in: false, code: string, text: string}} Outcome
 */

export class Portal {
  /** @type {Program | undefined} */
  #program;
  origin = "";

  /**
   * @param {string} logs
   * @param {NodeJS.ProcessEnv} env
   * @param {string} authority PEM file
   * @param {{cert: string, key: string} | undefined} tls without it the portal is on http://localhost
   */
  async start(logs, env, authority, tls) {
    const port = await freePort();
    this.origin = tls ? `https://portal.test:${port}` : `http://localhost:${port}`;
    const secure = tls ? ["--tls-cert", tls.cert, "--tls-key", tls.key] : [];
    this.#program = new Program(join(logs, "portal.log"), env, built("ponte-demo"), [
      "--trust", authority, "--listen", `127.0.0.1:${port}`, "--origin", this.origin, "--assets", built("demo-assets"), ...secure,
    ]);
    await this.#program.line(/^ponte-demo ready: /m);
  }

  /** As the dialogs show it. */
  get host() {
    return new URL(this.origin).host;
  }

  async stop() {
    await this.#program?.stop();
  }

  /** Opens the page with the login button, as somebody who is not logged in. @param {Page} page */
  async open(page) {
    await page.goto("about:blank");
    await page.deleteCookie(...(await page.cookies(this.origin)));
    await page.goto(`${this.origin}/?lang=it`);
  }

  /** Presses "Entra con CNS". @param {Page} page */
  async press(page) {
    await page.click("#login");
  }

  /**
   * Waits until the login has ended.
   * @param {Page} page
   * @returns {Promise<Outcome>}
   */
  async outcome(page) {
    return until("the end of a login", () => page.evaluate(outcomeOf).catch(() => undefined)); // no document in between two
  }

  /** A whole login. @param {Page} page */
  async login(page) {
    await this.open(page);
    await this.press(page);
    return this.outcome(page);
  }

  /** Waits until the portal has logged out, and gives what it says. @param {Page} page */
  async notice(page) {
    return until("the log-out", () => page.evaluate(() => document.getElementById("notice")?.textContent.trim()).catch(() => undefined));
  }
}

/** Runs in the page. @returns {Outcome | undefined} */
function outcomeOf() {
  const code = document.getElementById("fiscal-code");
  if (code !== null) {
    return { in: true, name: document.getElementById("name")?.textContent ?? "", fiscalCode: code.textContent };
  }
  const error = document.getElementById("error");
  return error?.firstElementChild ? { in: false, code: error.dataset["code"] ?? "", text: error.innerText } : undefined;
}

/** A port that nobody listens on. @returns {Promise<number>} */
export async function freePort() {
  return new Promise((give, fail) => {
    const server = createServer().once("error", fail).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => { give(typeof address === "object" && address !== null ? address.port : 0); });
    });
  });
}
