// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Other web sites than the portal: the pages of ../site. They report what they saw to the tests through their server,
// because a script that puppeteer runs in a page counts as a click of the user.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { built } from "./places.mjs";
import { until } from "./wait.mjs";

const types = { html: "text/html", js: "text/javascript" };

/** @typedef {Record<string, unknown>} Report */

export class Site {
  #server;
  /** @type {Report[]} */
  #reports = [];
  port = 0;

  /** @param {{cert: string, key: string}} tls */
  constructor(tls) {
    this.#server = createServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, (request, response) => {
      const path = new URL(request.url ?? "/", "https://site.test").pathname;
      if (request.method === "POST") {
        let body = "";
        request.on("data", (part) => { body += part; });
        request.on("end", () => {
          this.#reports.push(JSON.parse(body));
          response.end();
        });
        return;
      }
      const [, name, type] = /^\/([a-z]+)\.(html|js)$/.exec(path) ?? [];
      if (name === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { "Content-Type": types[/** @type {"html" | "js"} */ (type)] });
      response.end(readFileSync(name === "ponte" ? built("demo-assets", "ponte.js") : new URL(`../site/${name}.${type}`, import.meta.url)));
    });
  }

  /** @param {{endings: (() => Promise<void>)[]}} rig */
  async start(rig) {
    await new Promise((ready) => { this.#server.listen(0, "127.0.0.1", () => { ready(undefined); }); });
    const address = this.#server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    rig.endings.push(async () => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
  }

  /** The site under one of its names. @param {"portal.test" | "other.test"} host */
  origin(host) {
    return `https://${host}:${this.port}`;
  }

  /**
   * The next report of a page.
   * @param {string} about
   */
  async report(about) {
    return until(`a report of ${about}`, () => {
      const at = this.#reports.findIndex((report) => report["about"] === about);
      return at >= 0 && this.#reports.splice(at, 1)[0];
    });
  }
}
