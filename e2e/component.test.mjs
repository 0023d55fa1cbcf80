// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// <ponte-login> in real browsers, in a page with a strict Content-Security-Policy: logins with the whole chain behind it,
// and each of its states, for which a script in the page plays the extension. Then the Playwright example.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { bin } from "./rig/places.mjs";
import { run } from "./rig/program.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

/** @typedef {import("puppeteer-core").Page} Page */

const root = fileURLToPath(new URL("..", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rig = new Rig("component");
const { agent, cards, dialogs } = rig;

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** @param {string} theme @param {string} lang */
const html = (theme, lang) => `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Portale di prova</title>
<meta name="color-scheme" content="${theme}"><link rel="stylesheet" href="/page.css"><script src="/play.js"></script>
<script type="module" src="/ponte-login.js"></script></head>
<body><main><h1>Accedi</h1>
<ponte-login challenge-url="/auth/challenge" login-url="/auth/login" install-url="/aiuto">
<a id="spid" href="/spid">Entra con SPID</a> <a id="cie" href="/cie">Entra con CIE</a>
</ponte-login></main></body></html>`;

const css = `body { margin: 1.5rem; font: 1.125rem/1.5 system-ui, sans-serif; background: light-dark(#fff, #0f1c2b); color: light-dark(#17324d, #f0f4f8); }
a { color: light-dark(#06c, #70b5ff); }`;

// Notes what the policy forbids and every state of the element; plays the extension when a test says what it answers.
const play = `"use strict";
window.violations = []; window.states = []; window.events = []; window.asked = [];
addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
for (const type of ["ponte-login", "ponte-error"]) addEventListener(type, (e) => { events.push([type, e.detail.code]); });
addEventListener("DOMContentLoaded", () => {
  const element = document.querySelector("ponte-login");
  customElements.whenDefined("ponte-login").then(() => new MutationObserver(() => {
    if (states.at(-1) !== element.state) states.push(element.state);
  }).observe(element.shadowRoot, { subtree: true, childList: true, attributes: true }));
});
const status = (state, problem) => ({ state, problem, pin: { triesLeft: 3, blocked: false }, expiresInDays: 100 });
window.play = undefined; // method -> result, {code, hint} or nothing
addEventListener("message", ({ data }) => {
  if (window.play === undefined || data.ponte !== "request") return;
  const { id, method } = data.rpc;
  asked.push(method);
  postMessage({ ponte: "accepted", id }, location.origin);
  const answer = window.play[method];
  if (answer === undefined) return;
  const outcome = answer.code ? { error: { code: -32000, message: "no", data: { retry: false, hint: "", ...answer } } } : { result: answer };
  postMessage({ ponte: "message", rpc: { jsonrpc: "2.0", id, ...outcome } }, location.origin);
});
window.changed = (state, problem) => postMessage({ ponte: "message", rpc: { jsonrpc: "2.0", method: "card.changed", params: status(state, problem) } }, location.origin);
`;

/** The portal: its server verifies with the real command. */
class PortalSite {
  nonce = "";
  /** @type {[status: number, body: unknown]} what it answers a valid token */
  answer = [200, {}];
  verified = "";
  port = 0;
  #server;

  constructor() {
    this.#server = createServer({ cert: readFileSync(rig.tls.cert), key: readFileSync(rig.tls.key) }, (request, response) => {
      this.#serve(request, response).catch((error) => { response.writeHead(500).end(String(error)); });
    });
  }

  async start() {
    await new Promise((ready) => { this.#server.listen(0, "127.0.0.1", () => { ready(undefined); }); });
    const address = this.#server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    rig.endings.push(async () => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
  }

  get origin() {
    return `https://portal.test:${this.port}`;
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #serve(request, response) {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.origin);
    /** @param {string} type @param {string | Buffer} body @param {number} [status] */
    const send = (type, body, status = 200) => { response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": policy }).end(body); };
    switch (pathname) {
      case "/": return send("text/html", html(searchParams.get("theme") ?? "light", searchParams.get("lang") ?? "it"));
      case "/page.css": return send("text/css", css);
      case "/play.js": return send("text/javascript", play);
      case "/ponte-login.js": return send("text/javascript", readFileSync(join(root, "portal/js/dist/ponte-login.js")));
      case "/entrato": return send("text/html", "<!doctype html><title>Dentro</title><h1 id=in>Dentro</h1>");
      case "/auth/challenge":
        this.nonce = crypto.randomUUID() + crypto.randomUUID();
        return send("application/json", JSON.stringify({ nonce: this.nonce }));
      case "/auth/login": {
        let body = "";
        for await (const part of request) {
          body += part;
        }
        this.verified = await this.#verify(JSON.parse(body));
        const [status, answer] = this.answer;
        return send("application/json", JSON.stringify(answer), status);
      }
      default: return send("text/plain", "", 404);
    }
  }

  /** @param {{nonce: string, token: object}} login @returns {Promise<string>} the fiscal code, or why not */
  async #verify({ nonce, token }) {
    if (nonce !== this.nonce) {
      return "not this server's nonce";
    }
    const verify = `printf %s "$4" | "$0" verify --origin "$1" --nonce "$2" --trust "$3" --revocation off --json`;
    const { stdout } = await run("sh", ["-c", verify, join(bin, "ponte"), this.origin, nonce, rig.cards.authority, JSON.stringify(token)], { env: rig.env })
      .catch((/** @type {{stdout: string}} */ failed) => failed);
    return /[A-Z]{6}\w{2}[A-Z]\w{2}[A-Z]\w{3}[A-Z]/.exec(stdout)?.[0] ?? stdout;
  }
}

/** @type {PortalSite} */
let site;

before(async () => {
  await rig.start({ settings: { websocket: "off" } });
  site = new PortalSite();
  await site.start();
});
after(async () => rig.stop());

/** What the element shows. @param {Page} page */
async function shown(page) {
  return page.evaluate(() => {
    const element = document.querySelector("ponte-login");
    const root = element?.shadowRoot;
    /** @param {string} part */
    const text = (part) => /** @type {HTMLElement | null} */ (root?.querySelector(`[part~="${part}"]`))?.innerText ?? "";
    /** @param {string} part */
    const visible = (part) => root?.querySelector(`[part~="${part}"]`)?.checkVisibility() ?? false;
    return {
      state: /** @type {any} */ (element).state, progress: text("state"), error: text("box"), cancel: visible("cancel"), install: visible("install"),
      other: document.getElementById("spid")?.checkVisibility() ?? false,
      busy: root?.querySelector("button")?.getAttribute("aria-disabled"), wide: document.documentElement.scrollWidth,
    };
  });
}

/** @param {Page} page @param {string} state */
async function reaches(page, state) {
  /** @type {unknown} */
  let last;
  await until(`the state ${state}`, async () => {
    const now = await shown(page).catch(() => undefined); // no document in between two
    last = now;
    return now?.state === state;
  }).catch((error) => { throw new Error(`${error.message}; it shows ${JSON.stringify(last)}`); });
  return shown(page);
}

/** @param {Page} page @param {string} [query] */
async function open(page, query = "") {
  await page.goto("about:blank");
  await page.goto(`${site.origin}/${query}`);
  await page.waitForFunction(() => customElements.get("ponte-login") !== undefined);
}

/** A click, as the citizen's: the button is in a shadow tree. @param {Page} page */
async function press(page) {
  await page.click("ponte-login >>> .enter");
}

const hello = { protocol: 1, bridge: "0.1.0", features: [] };
/** @param {string} state @param {string | null} problem */
const status = (state, problem) => ({ state, problem, pin: { triesLeft: null, blocked: false }, expiresInDays: null });
const known = { "bridge.hello": hello, "card.watch": status("ready", null), "card.unwatch": {} };

/** How a script plays each state, what is read, and what else is there. */
const states = /** @type {const} */ ([
  ["connecting", {}, "connecting", /^Cerco Ponte/, { cancel: true, other: false }],
  ["permission", {}, "permission", /Consenti/, { cancel: true, other: false }],
  ["reader", { ...known, "card.watch": status("no-reader", null) }, "reader", /^Collega il lettore/, { cancel: true, other: false }],
  ["card", { ...known, "card.watch": status("no-card", null) }, "card", /^Inserisci la tessera/, { cancel: true, other: false }],
  ["turn", { ...known, "card.watch": status("mute", null) }, "turn", /^La tessera non risponde/, { cancel: true, other: false }],
  ["pin", known, "pin", /PIN nella finestra di Ponte che nomina questo sito: portal\.test:\d+\n.*Non scrivere mai il PIN/s, { cancel: true, other: false }],
  ["blocked", { ...known, "auth.login": { code: "PIN_BLOCKED", hint: "Il PIN è bloccato: sbloccalo con il PUK." } }, "failed", /sbloccalo con il PUK/, { cancel: false, other: true }],
  ["expired", { ...known, "auth.login": { code: "CERTIFICATE_EXPIRED", hint: "Il certificato della tessera è scaduto." } }, "failed", /è scaduto/, { cancel: false, other: true }],
  ["cancelled", { ...known, "auth.login": { code: "USER_CANCELLED", hint: "L'operazione è stata annullata." } }, "failed", /annullata/, { cancel: false, other: false }],
  ["mismatch", { "bridge.hello": { ...hello, protocol: 2 } }, "failed", /Aggiorna Ponte/, { cancel: false, other: true, install: true }],
]);

/** @param {Page} page @param {readonly [string, object, string, ...unknown[]]} state */
async function playState(page, [, answers, wanted]) {
  await page.evaluate((a) => { /** @type {any} */ (window).play = a; }, /** @type {any} */ (answers));
  await press(page);
  return reaches(page, wanted);
}

/** What axe-core finds. @param {Page} page */
async function faults(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
  });
}

for (const [name, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(`in ${name}, without extension and agent`, () => {
    /** @type {Page} */
    let page;
    before(async () => { page = await (await start(rig, { extension: false })).newPage(); });
    after(async () => page.browser().close());
    beforeEach(async () => {
      await page.setViewport({ width: 1280, height: 800 });
      await open(page);
    });

    test("the citizen reads what is missing, how to install it, and how else to come in", async () => {
      await press(page);
      const { error, install, other, busy } = await reaches(page, "failed");
      assert.match(error, /^Non sei entrato\n.*serve Ponte/s);
      assert.deepEqual([install, other, busy], [true, true, "false"]);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).events), [["ponte-error", "EXTENSION_MISSING"]]);
    });

    for (const state of states) {
      const [title, , , words, rest] = state;
      test(`${title}: the words, no fault that axe finds, nothing that the policy forbids, in light, dark and 320 px`, async () => {
        for (const query of ["", "?theme=dark"]) {
          await open(page, query);
          const seen = await playState(page, state);
          assert.match(seen.progress + seen.error, words);
          assert.deepEqual({ ...seen, ...rest }, seen);
          assert.deepEqual(await faults(page), [], query);
        }
        await page.setViewport({ width: 320, height: 640 });
        for (const lang of ["it", "de"]) {
          await open(page, `?lang=${lang}`);
          assert.ok((await playState(page, state)).wide <= 320, lang);
        }
        assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).violations), []);
      });
    }

    test("the regions that speak are there before they have something to say", async () => {
      const roles = await page.evaluate(() => [...document.querySelector("ponte-login")?.shadowRoot?.querySelectorAll("[role=status],[role=alert]") ?? []]
        .map((e) => [e.getAttribute("role"), e.textContent]));
      assert.deepEqual(roles, [["status", ""], ["alert", ""]]);
    });

    test("the keyboard is enough: a visible focus that stays on the button, Cancel, and back", async () => {
      await page.evaluate((a) => { /** @type {any} */ (window).play = a; }, /** @type {any} */ (known));
      const focus = () => page.evaluate(() => {
        const e = document.querySelector("ponte-login")?.shadowRoot?.activeElement;
        return e && [e.getAttribute("part"), getComputedStyle(e).outlineStyle, e.getAttribute("aria-disabled")];
      });
      await page.keyboard.press("Tab");
      assert.deepEqual(await focus(), ["enter", "solid", "false"]);
      await page.keyboard.press("Enter");
      await reaches(page, "pin");
      await page.waitForFunction(() => /** @type {any} */ (window).asked.includes("auth.login")); // on its way a moment after the words
      assert.deepEqual(await focus(), ["enter", "solid", "true"]);
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      assert.deepEqual((await focus())?.[0], "cancel");
      await page.keyboard.press("Enter");
      await reaches(page, "failed");
      assert.deepEqual(await focus(), ["enter", "solid", "false"]);
      await page.waitForFunction(() => /** @type {any} */ (window).asked.includes("request.cancel")); // the agent closes its dialog
      const asked = await page.evaluate(() => /** @type {any} */ (window).asked);
      assert.equal(asked.filter((/** @type {string} */ m) => m === "auth.login").length, 1, "the second Enter asked nothing");
    });

    test("a card that comes is noticed without another click", async () => {
      await playState(page, ["", { ...known, "card.watch": status("no-card", null) }, "card"]);
      await page.evaluate(() => { /** @type {any} */ (window).changed("ready", null); });
      await reaches(page, "pin");
    });

    test("the answer of the server does not lead to another site, nor to a script", async () => {
      const token = { unverifiedCertificate: "MII", algorithm: "RS256", signature: "c2ln", format: "web-eid:1.0" };
      for (const next of ["https://other.test/", "//other.test/", "javascript:violations.push('ran')"]) {
        await open(page);
        site.answer = [200, { next }];
        await playState(page, ["", { ...known, "auth.login": token }, "done"]);
        assert.equal(new URL(page.url()).pathname, "/", next);
        assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).violations), [], next);
      }
    });

    test("a refusal of the server is told in the server's words", async () => {
      site.answer = [403, { title: "Tessera revocata", detail: "Questa tessera è stata revocata.", code: "revoked" }];
      const token = { unverifiedCertificate: "MII", algorithm: "RS256", signature: "c2ln", format: "web-eid:1.0" };
      const { error, other } = await playState(page, ["", { ...known, "auth.login": token }, "failed"]);
      assert.match(error, /Questa tessera è stata revocata/);
      assert.equal(other, true);
    });

    test("the language is the element's own, else the page's", async () => {
      const label = () => page.evaluate(() => document.querySelector("ponte-login")?.shadowRoot?.querySelector("button")?.innerText.replace(/^CNS\s*/, ""));
      assert.equal(await label(), "Entra con CNS");
      await page.evaluate(() => { document.querySelector("ponte-login")?.setAttribute("lang", "de"); });
      assert.equal(await label(), "Mit CNS anmelden");
      await open(page, "?lang=en");
      assert.equal(await label(), "Login with CNS");
    });
  });

  describe(`in ${name}, with the whole chain`, () => {
    /** @type {Page} */
    let page;
    before(async () => { page = await (await start(rig)).newPage(); });
    after(async () => page.browser().close());
    beforeEach(async () => {
      await page.goto("about:blank");
      await agent.startAfresh();
      await open(page);
      site.answer = [200, { next: "/entrato" }];
      site.verified = "";
    });

    test("the citizen presses the button, types the PIN, and is in; the next time a card is waited for", async () => {
      dialogs.expect({ pin: rightPIN });
      await press(page);
      await page.waitForSelector("#in");
      assert.equal(site.verified, giadaIsIn.fiscalCode);

      await open(page);
      await cards.eject();
      dialogs.expect({ pin: rightPIN });
      await press(page);
      await reaches(page, "card");
      assert.equal(dialogs.count, 0, "no dialog yet");
      await cards.insert();
      await page.waitForSelector("#in");
      assert.equal(site.verified, giadaIsIn.fiscalCode);
    });

    test("a card that is blocked is told with the agent's hint, and other ways in are shown", async () => {
      await cards.become("blocked");
      dialogs.expect();
      await press(page);
      const { error, other } = await reaches(page, "failed");
      assert.match(error, /PUK/);
      assert.equal(other, true);
      await cards.become("ok");
    });

    test("Cancel in the PIN dialog brings the button back, and no alarm", async () => {
      dialogs.expect({ press: "cancel" });
      await press(page);
      const { error, other, busy } = await reaches(page, "failed");
      assert.match(error, /annullata/);
      assert.deepEqual([other, busy], [false, "false"]);
    });
  });
}

test("in Chromium colours that the system forces leave a border and a focus, and less motion stops the wheel", async () => {
  const page = await (await startChromium(rig, { extension: false })).newPage();
  const session = await page.createCDPSession();
  await session.send("Emulation.setEmulatedMedia", { features: [{ name: "forced-colors", value: "active" }, { name: "prefers-reduced-motion", value: "reduce" }] });
  await open(page);
  await playState(page, ["", known, "pin"]);
  const [border, animation] = await page.evaluate(() => {
    const root = document.querySelector("ponte-login")?.shadowRoot;
    /** @param {string} part */
    const style = (part) => getComputedStyle(/** @type {Element} */ (root?.querySelector(`[part~="${part}"]`)));
    return [style("enter").borderTopWidth, style("spin").animationName];
  });
  assert.deepEqual([border, animation], ["2px", "none"]);
  await page.browser().close();
});

test("the Playwright example logs in to a portal with a virtual card", async () => {
  const cli = join(root, "node_modules/@playwright/test/cli.js");
  const ended = run(process.execPath, [cli, "test", "--config", join(root, "examples/playwright")], { env: { ...process.env, PONTE_BIN: bin } });
  const { stdout } = await ended.catch((/** @type {{stdout: string, stderr: string}} */ { stdout, stderr }) => { throw new Error(stdout + stderr); });
  assert.match(stdout, /\b5 passed/);
});
