// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The control page in real browsers, with the real agent, pcscd and card: what it says in each language, how it looks, the
// keyboard, what it shows by itself, and what it does not show.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { built } from "./rig/places.mjs";
import { processesOf } from "./rig/processes.mjs";
import { Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

/** @typedef {import("puppeteer-core").Page} Page */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rig = new Rig("panel");
const { agent, cards, dialogs } = rig;

const fiscalCode = "RSSGPR84S63H501C";
const long = `https://${["a", "b", "c"].map((letter) => letter.repeat(60)).join(".")}.example`;

/** The pages, by the names that the agent knows, with a word of their title in each language. */
const pages = {
  card: { path: "./", it: /tessera/, en: /card/, de: /Karte/ },
  pin: { path: "pin", it: /PIN/, en: /PIN/, de: /PIN/ },
  sign: { path: "sign", it: /Firma un documento/, en: /Sign a document/, de: /unterschreiben/ },
  verify: { path: "verify", it: /Verifica una firma/, en: /Verify a signature/, de: /prüfen/ },
  sites: { path: "sites", it: /siti/, en: /Sites/, de: /Websites/ },
  activity: { path: "activity", it: /usato/, en: /used/, de: /benutzt/ },
  diagnosis: { path: "diagnosis", it: /Funziona tutto/, en: /Does everything work/, de: /Funktioniert alles/ },
  settings: { path: "settings", it: /Impostazioni/, en: /Settings/, de: /Einstellungen/ },
  about: { path: "about", it: /Informazioni/, en: /About/, de: /Angaben/ },
};
/** What the banner says without a card. The second reader, which never has one, has another sentence. */
const empty = /Il lettore è collegato, ma non vede/;
const languages = /** @type {const} */ (["it", "en", "de"]);

before(async () => {
  await rig.start({ settings: { websocket: "off" } });
  await agent.command("sites", "allow", "https://fascicolo.example");
  await agent.command("sites", "block", long);
  const state = join(rig.env["XDG_STATE_HOME"] ?? "", "ponte");
  mkdirSync(state, { recursive: true });
  const now = Date.now();
  writeFileSync(join(state, "activity.jsonl"), [
    [40 * 24, "https://fascicolo.example", "auth.login", "", 8210], [30, long, "site.admit", "CONSENT_DENIED", 4000],
    [3, "https://fascicolo.example", "identity.read", "USER_CANCELLED", 12_500], [2, "https://fascicolo.example", "auth.login", "CARD_REMOVED", 900],
    [1, "https://fascicolo.example", "auth.login", "", 6400],
  ].map(([hours, origin, operation, outcome, durationMs]) => JSON.stringify({
    time: new Date(now - Number(hours) * 3600_000).toISOString(), origin, operation, ...(outcome === "" ? {} : { outcome }), durationMs,
  })).join("\n") + "\n");
});
after(async () => rig.stop());

/** An address for one visit. @param {string} where */
async function address(where = "") {
  return /** @type {string} */ (JSON.parse(await agent.command("panel", "--json", "--page", where)).url);
}

/** Comes in by an address of its own. @param {Page} page @param {string} where */
async function enter(page, where = "") {
  await page.goto(await address(where));
}

/** What axe-core finds. @param {Page} page */
async function faults(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
  });
}

/** @param {Page} page */
async function text(page) {
  return page.evaluate(() => /** @type {HTMLElement | null} */ (document.querySelector("main"))?.innerText ?? "").catch(() => ""); // no document in between two
}

/** Waits until the page shows something, by itself. @param {Page} page @param {RegExp} words */
async function shows(page, words) {
  let last = "";
  await until(`${words} in the page`, async () => words.test(last = await text(page)))
    .catch((error) => { throw new Error(`${error.message}; it shows ${last}`); });
  return last;
}

/** Makes the doctor's checks, so that their results are there to look at. @param {Page} page */
async function examine(page) {
  await enter(page, "diagnosis");
  await page.click("#run");
  await shows(page, /da guardare|in ordine/);
  // The page may be about to lead on by itself: what comes next must not be in the middle of that.
  await until("the page to rest", async () => page.goto(page.url()).then(() => true, () => false));
}

/** Looks at every page at two widths. @param {Page} page @param {string} mark of the screenshots */
async function lookAtAll(page, mark) {
  for (const [name, { path }] of Object.entries(pages)) {
    for (const width of [1280, 360]) {
      await page.setViewport({ width, height: 800 });
      await page.goto(new URL(path, page.url()).href);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways at ${width}`);
      await page.screenshot({ path: join(rig.logs, `${mark}-${name}-${width}.png`), fullPage: true });
      assert.deepEqual(await faults(page), [], `${name}, ${width}`);
      assert.equal(await page.evaluate(() => [...document.querySelectorAll("a, button, select, input:not([type=hidden])")]
        .filter((e) => e.checkVisibility() && !e.classList.contains("skip") && e.getBoundingClientRect().height < 43.9).map((e) => e.outerHTML).join()), "", `touch targets, ${name}`);
    }
  }
}

const browsers = /** @type {const} */ ([
  ["Chromium", "light", async () => startChromium(rig, { extension: false })],
  ["Chromium", "dark", async () => startChromium(rig, { extension: false, args: ["--force-dark-mode"] })],
  ["Firefox", "light", async () => startFirefox(rig, { extension: false, prefs: { "layout.css.prefers-color-scheme.content-override": 1 } })],
  ["Firefox", "dark", async () => startFirefox(rig, { extension: false, prefs: { "layout.css.prefers-color-scheme.content-override": 0 } })],
]);

for (const [name, theme, start] of browsers) {
  test(`in ${name}, ${theme}: no fault that axe finds, nothing scrolls sideways, everything is large enough for a finger`, async () => {
    const browser = await start();
    const page = await browser.newPage();
    if (name === "Chromium") {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    }
    await page.setViewport({ width: 1280, height: 800 });
    assert.equal(await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches), theme === "dark");
    await examine(page);
    await lookAtAll(page, `${name}-${theme}`);
    await browser.close();
  });
}

for (const [name, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(`in ${name}`, () => {
    /** @type {import("puppeteer-core").Browser} */
    let browser;
    /** @type {Page} */
    let page;
    before(async () => { browser = await start(rig, { extension: false }); });
    after(async () => browser.close());
    beforeEach(async () => {
      page = await browser.newPage();
      await page.setViewport({ width: 1280, height: 800 });
    });
    afterEach(async () => page.close());

    test("an address opens once, does not stay, and nothing else opens", async () => {
      const url = await address();
      await page.goto(url);
      assert.match(new URL(page.url()).pathname + new URL(page.url()).search, /^\/[\w-]{43}\/$/);
      await shows(page, /GIADA PROVA/);
      assert.equal((await page.goto(url))?.status(), 403);
      assert.match(await text(page), /ponte panel[^]*Open it again[^]*Öffnen/);
      assert.deepEqual(await faults(page), []);
      const other = url.replace("127.0.0.1", "localhost");
      await assert.rejects(page.goto(other), /EMPTY_RESPONSE|NS_ERROR_NET/, "a name that may be rebound is not answered");
    });

    test("every page speaks the language that is chosen, at once", async () => {
      await enter(page, "settings");
      for (const lang of languages) {
        await page.select("#value-language", lang);
        await Promise.all([page.waitForNavigation(), page.click("#value-language + button")]);
        for (const [where, { path, ...words }] of Object.entries(pages)) {
          await page.goto(new URL(path, page.url()).href);
          assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
          assert.match(await page.evaluate(() => document.querySelector("h1")?.textContent ?? ""), words[lang], where);
          await page.setViewport({ width: 360, height: 800 });
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where} scrolls sideways in ${lang}`);
          await page.setViewport({ width: 1280, height: 800 });
        }
        await page.goto(new URL("settings", page.url()).href);
      }
      await page.select("#value-language", "it");
      await Promise.all([page.waitForNavigation(), page.click("#value-language + button")]);
      assert.match(await text(page), /Impostazione salvata/);
    });

    test("a card that is pulled and put back is seen without a hand", async () => {
      await enter(page);
      await shows(page, /Tessera pronta[^]*GIADA PROVA/);
      await cards.eject();
      assert.doesNotMatch(await shows(page, empty), /GIADA/);
      await cards.insert();
      await shows(page, /Tessera pronta[^]*GIADA PROVA[^]*Restano 3 tentativi/);
    });

    test("many tabs do not stand in each other's way", async () => {
      const tabs = [];
      for (let i = 0; i < 9; i++) { // more than a browser has connections for one server
        const tab = await browser.newPage();
        tabs.push(tab);
        await tab.bringToFront();
        await enter(tab);
        await shows(tab, /Tessera pronta/);
      }
      await Promise.all(tabs.map(async (tab) => tab.close()));
    });

    test("the fiscal code is not in the page until it is asked for, and can be hidden again", async () => {
      await enter(page);
      assert.ok(!(await page.content()).includes(fiscalCode));
      await page.click("#show-0");
      await shows(page, new RegExp(fiscalCode));
      await page.click("#show-0");
      await until("the code to go", async () => !(await page.content()).includes(fiscalCode));
      await page.click("#show-0");
      await shows(page, new RegExp(fiscalCode));
      await cards.eject();
      await shows(page, empty);
      assert.ok(!(await page.content()).includes(fiscalCode));
      await cards.insert();
    });

    test("a site is blocked and forgotten, each after a question, with the keyboard alone", async () => {
      await agent.command("sites", "allow", "https://prova.example");
      await enter(page, "sites");
      await press(page, "a", /Blocca https:\/\/prova\.example/);
      await shows(page, /Vuoi bloccare questo sito\?\s+https:\/\/prova\.example/);
      await press(page, "button", /^Blocca$/);
      await shows(page, /https:\/\/prova\.example: bloccato/);
      assert.match(await agent.command("sites", "list"), /prova\.example\s+bloccato/);
      await press(page, "a", /Dimentica https:\/\/prova\.example/);
      await shows(page, /Vuoi dimenticare/);
      await press(page, "button", /^Dimentica$/);
      await shows(page, /https:\/\/prova\.example: dimenticato/);
      assert.doesNotMatch(await agent.command("sites", "list"), /prova\.example/);
    });

    test("a site is added by the address of one of its pages; one without https is not", async () => {
      await enter(page, "sites");
      await page.type("#site", "http://chiaro.example");
      await press(page, "button", /Blocca questo sito/);
      await shows(page, /deve cominciare con https/);
      await page.type("#site", "https://aggiunto.example:8443/una/pagina?x=1");
      await press(page, "button", /Blocca questo sito/);
      await shows(page, /https:\/\/aggiunto\.example:8443: bloccato/);
      await agent.command("sites", "forget", "https://aggiunto.example:8443");
    });

    test("the log is filtered, and saved as a table", async () => {
      await enter(page, "activity");
      await page.select("#by-site", "https://fascicolo.example");
      await page.select("#by-outcome", "done");
      await page.select("#by-period", "month");
      await Promise.all([page.waitForNavigation(), page.click(".filter button")]);
      await shows(page, /1 voce/);
      const { type, saved } = await page.evaluate(async () => {
        const answer = await fetch("activity.csv?site=https%3A%2F%2Ffascicolo.example");
        return { type: answer.headers.get("content-disposition") ?? "", saved: await answer.text() };
      });
      assert.match(type, /^attachment; filename="ponte-\d{4}-\d\d-\d\d\.csv"$/);
      assert.equal(saved.trimEnd().split("\r\n").length, 5);
      assert.match(saved, /,https:\/\/fascicolo\.example,Accesso con la tessera,Riuscito,6400\r\n/);
    });

    test("the PIN is changed in the windows of Ponte, and the page says so; it has no field for a code", async () => {
      await enter(page, "pin");
      assert.equal(await page.evaluate(() => document.querySelectorAll("input:not([type=hidden])").length), 0);
      dialogs.expect({ press: "cancel" });
      await page.click("#change");
      await shows(page, /non è cambiato niente/);
      dialogs.expect({ pin: rightPIN }, { pin: "80246135" }, { pin: "80246135" }, { press: "ok" });
      await page.click("#change");
      await shows(page, /Il PIN è stato cambiato/);
      assert.ok(!(await page.content()).includes("80246135"));
      dialogs.expect({ pin: "80246135" }, { pin: rightPIN }, { pin: rightPIN }, { press: "ok" });
      await page.click("#change");
      await until("both changes", () => dialogs.count === 4);
      await shows(page, /Il PIN è stato cambiato/);
    });

    test("the keyboard reaches everything in order, one sees where it is, and nothing holds it", async () => {
      await enter(page, "sites");
      /** @type {string[]} */
      const reached = [];
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        const here = await page.evaluate(() => {
          const e = document.activeElement;
          if (e === null || e === document.body) {
            return undefined;
          }
          const style = getComputedStyle(e);
          const box = e.getBoundingClientRect();
          return { name: e.textContent.trim() || e.id, seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.top >= 0 };
        });
        if (here === undefined || here.name === reached[0]) {
          break;
        }
        assert.ok(here.seen, `one does not see the focus on ${here.name}`);
        reached.push(here.name);
      }
      assert.deepEqual(reached.slice(0, 4), ["Vai al contenuto", "Tessera", "PIN e PUK", "Firma"]);
      assert.deepEqual(reached.slice(-3), ["site", "Blocca questo sito", "Consenti questo sito"]);
      await page.goto(new URL("sites", page.url()).href);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    });

    test("it ends when nobody looks, and a page that is still open says so", async () => {
      const { ended } = await ownPanel(page, "3s");
      await page.click("#show-0");
      await shows(page, new RegExp(fiscalCode));
      assert.equal(await ended, 0);
      await shows(page, /La pagina di controllo si è chiusa/);
      await page.screenshot({ path: join(rig.logs, `${name}-closed.png`) });
      assert.doesNotMatch(await page.content(), /GIADA|RSSGPR/, "what it knew of the card goes with it");
      assert.equal(await page.evaluate(() => document.querySelectorAll("a[href^='/'], form").length), 0, "nothing leads to whoever has the port next");
      assert.deepEqual(await faults(page), []);
    });

    test("who takes the port of a panel that was killed cannot speak in its place", async () => {
      const { panel, ended } = await ownPanel(page, "1m");
      panel.kill("SIGKILL");
      await ended;
      /** @type {(string | undefined)[]} */
      const asked = [];
      const stranger = createServer((request, answer) => {
        asked.push(request.url);
        const changed = /changed/.test(request.url ?? "");
        answer.setHeader("Content-Type", changed ? "application/json" : "text/html").end(changed ? '{"state":"99-9"}'
          : '<!doctype html><body data-state="99-9"><main><div id="cards" data-live>Type your PIN here</div></main></body>');
      });
      const { port } = new URL(page.url());
      await new Promise((listening) => { stranger.listen(Number(port), "127.0.0.1", () => { listening(undefined); }); });
      try {
        await shows(page, /La pagina di controllo si è chiusa/);
        assert.doesNotMatch(await page.content(), /Type your PIN|GIADA/);
        const until = asked.length;
        await new Promise((later) => { setTimeout(later, 4000); }); // longer than the page's pause between two questions
        assert.deepEqual(asked.slice(until), [], "it is asked no more");
      } finally {
        await new Promise((closed) => { stranger.closeAllConnections(); stranger.close(closed); });
      }
    });
  });
}

/** Comes into a panel that this test has started. @param {Page} page @param {string} idle */
async function ownPanel(page, idle) {
  const panel = spawn(built("ponte-panel"), ["--idle", idle], { env: rig.env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((done) => { panel.once("exit", done); });
  const line = new Promise((give) => { panel.stdout.once("data", (b) => { give(String(b).trim()); }); });
  panel.stdin.write("open card\n");
  await page.goto(/** @type {string} */ (await line));
  await shows(page, /Tessera pronta/);
  return { panel, ended };
}

/** Presses the link or button with this text by the keyboard. @param {Page} page @param {string} kind @param {RegExp} words */
async function press(page, kind, words) {
  await page.evaluate((selector, pattern) => {
    const found = [...document.querySelectorAll(selector)].find((e) => new RegExp(pattern).test(e.textContent.replace(/\s+/g, " ").trim()));
    if (!(found instanceof HTMLElement)) {
      throw new Error(`nothing says ${pattern}`);
    }
    found.focus();
  }, kind, words.source);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

test("without JavaScript the forms do the same", async () => {
  const browser = await startChromium(rig, { extension: false });
  const page = await browser.newPage();
  await page.setJavaScriptEnabled(false);
  await enter(page);
  assert.ok(!(await page.content()).includes(fiscalCode));
  await Promise.all([page.waitForNavigation(), page.click("#show-0")]);
  assert.ok((await page.content()).includes(fiscalCode));
  await page.goto(page.url());
  assert.ok(!(await page.content()).includes(fiscalCode), "it is shown once");
  dialogs.expect({ press: "cancel" });
  await page.goto(new URL("pin", page.url()).href);
  await Promise.all([page.waitForNavigation(), page.click("#change")]);
  await until("the outcome", async () => /non è cambiato niente/.test(await page.content().catch(() => ""))); // the page asks again by itself
  await browser.close();
});

test("the panel ends with the agent, however that ends", async () => {
  await address();
  assert.equal(processesOf(rig.env, "ponte-panel").length, 1);
  await agent.stop("SIGKILL");
  await until("the panel to end", () => processesOf(rig.env, "ponte-panel").length === 0);
  await agent.start();
});
