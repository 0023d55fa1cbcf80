// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The pages of the control page for documents, in real browsers, with the real agent, ponte-document, ponte-verify, pcscd and
// card: a PDF is looked at and signed with a box that the keyboard has placed, the dialog's page shows what is asked about, and
// poppler and the page that verifies judge the result.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { makePDF } from "./rig/pdf.mjs";
import { Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

/** @typedef {import("puppeteer-core").Page} Page */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rig = new Rig("documents");
const { agent, dialogs } = rig;
const opened = join(rig.dir, "opened");
const files = join(rig.dir, "documents");
const pdf = join(files, "domanda.pdf");
const text = join(files, "nota.txt");

before(async () => {
  const programs = join(rig.dir, "programs");
  mkdirSync(programs);
  writeFileSync(join(programs, "xdg-open"), `#!/bin/sh\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`); // the desktop opens the address
  chmodSync(join(programs, "xdg-open"), 0o700);
  rig.env["PATH"] = `${programs}:${rig.env["PATH"] ?? ""}`;
  rig.env["DISPLAY"] = ":0"; // of which only the desktop above makes use: without a screen nothing is opened
  mkdirSync(files);
  writeFileSync(pdf, makePDF(["Domanda di rimborso", "Seconda pagina"]));
  writeFileSync(text, "Chiedo il rimborso.\nScritto \u202eal contrario.\n");
  await rig.start({ settings: { websocket: "off" } });
});
after(async () => rig.stop());

/** @param {Page} page @param {string} where */
async function enter(page, where) {
  await page.goto(/** @type {string} */ (JSON.parse(await agent.command("panel", "--json", "--page", where)).url));
}

/** @param {Page} page */
async function words(page) {
  return page.evaluate(() => /** @type {HTMLElement | null} */ (document.querySelector("main"))?.innerText ?? "").catch(() => "");
}

/** Waits until the page says something, by itself. @param {Page} page @param {RegExp} what */
async function shows(page, what) {
  let last = "";
  await until(`${what} in the page`, async () => what.test(last = await words(page)))
    .catch((error) => { throw new Error(`${error.message}; it shows ${last}`); });
  return last;
}

/** @param {Page} page @param {string} selector @param {string[]} paths */
async function choose(page, selector, ...paths) {
  const input = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await page.$(selector));
  await input.uploadFile(...paths);
}

/** @param {Page} page @param {string} selector */
async function focus(page, selector) {
  await page.evaluate((s) => { /** @type {HTMLElement} */ (document.querySelector(s)).focus(); }, selector);
}

/** What the frame of the viewer shows, once it shows something. @param {Page} page */
async function seen(page) {
  let found = "";
  await until("the document in its frame", async () => {
    const frame = page.frames().findLast((f) => f.url().endsWith("/viewer") && !f.detached);
    found = await frame?.evaluate(() => document.body.innerText + (document.querySelector(".unseen")?.textContent ?? "")).catch(() => "") ?? "";
    return found !== "";
  });
  return found;
}

/** What is wrong with the page as it is, at two widths. @param {Page} page @param {string} mark */
async function examine(page, mark) {
  for (const width of [1280, 360]) {
    await page.setViewport({ width, height: 800 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${mark} scrolls sideways at ${width}`);
    await page.screenshot({ path: join(rig.logs, `${mark}-${width}.png`), fullPage: true });
    await page.evaluate(axe);
    const faults = await page.evaluate(async () => {
      const { violations } = await /** @type {any} */ (window).axe.run({ exclude: [["iframe"]] }, { iframes: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
      return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
    });
    assert.deepEqual(faults, [], `${mark}, ${width}`);
  }
  await page.setViewport({ width: 1280, height: 800 });
}

/** Fetches what a link of the page leads to. @param {Page} page @param {string} selector @param {string} to */
async function save(page, selector, to) {
  const base64 = await page.evaluate(async (s) => {
    const answer = await fetch(/** @type {HTMLAnchorElement} */ (document.querySelector(s)).href);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let all = "";
    for (const b of bytes) {
      all += String.fromCharCode(b);
    }
    return answer.ok ? btoa(all) : "";
  }, selector);
  assert.notEqual(base64, "", `nothing is behind ${selector}`);
  writeFileSync(to, Buffer.from(base64, "base64"));
}

for (const [name, theme, start] of /** @type {const} */ ([
  ["Chromium", "light", async () => startChromium(rig, { extension: false })],
  ["Firefox", "dark", async () => startFirefox(rig, { extension: false, prefs: { "layout.css.prefers-color-scheme.content-override": 0 } })],
])) {
  describe(`in ${name}, ${theme}`, () => {
    /** @type {import("puppeteer-core").Browser} */
    let browser;
    /** @type {Page} */
    let page;
    const signed = join(files, `${name}-firmato.pdf`);
    before(async () => {
      browser = await start();
      page = await browser.newPage();
      await page.setViewport({ width: 1280, height: 800 });
    });
    after(async () => browser.close());

    test("what cannot be shown is described, a text is text, and a cancel signs nothing", async () => {
      const other = join(files, "altro.bin");
      writeFileSync(other, Buffer.from([0, 1, 2, 3]));
      await enter(page, "sign");
      await shows(page, /firma elettronica avanzata \(FEA\)/);
      await choose(page, "#papers", text, other);
      assert.match(await seen(page), /Chiedo il rimborso[^]*U\+202E/, "what turns the text round is shown for what it is");
      await page.click("#papers-list li:nth-child(2) button");
      await shows(page, /non può mostrare[^]*054edec1d0211f624fed0cbca9d4f9400b0e491c43742af2c5b0abebf0c990d8/);
      dialogs.expect({ press: "cancel" });
      await page.click("#sign");
      await shows(page, /Hai annullato: non è stato firmato niente/);
    });

    test("a PDF is signed in a box that the keyboard has placed, and the dialog's page shows it", async () => {
      await enter(page, "sign");
      await choose(page, "#papers", pdf);
      assert.match(await seen(page), /Domanda di rimborso/);
      await page.waitForSelector("#where:not([hidden])");
      await focus(page, "#page");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      await until("the second page", async () => /Seconda/.test(await seen(page)));
      await focus(page, "input[name=seen][value=no]");
      await page.keyboard.press("ArrowDown");
      await page.waitForSelector(".mark");
      assert.ok(await page.evaluate(() => {
        const [desk, mark] = [".desk", ".mark"].map((s) => /** @type {Element} */ (document.querySelector(s)).getBoundingClientRect());
        return desk !== undefined && mark !== undefined && mark.top >= desk.top && mark.bottom <= desk.bottom;
      }), "the box is in sight where it first is");
      await focus(page, ".mark");
      for (const key of /** @type {const} */ (["ArrowUp", "ArrowUp", "ArrowLeft"])) {
        await page.keyboard.press(key);
      }
      await page.keyboard.down("Shift");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.up("Shift");
      const numbers = async () => page.evaluate(() => ["page", "x", "y", "width", "height"].map((f) => Number(/** @type {HTMLInputElement} */ (document.getElementById(`box-${f}`)).value)));
      assert.deepEqual(await numbers(), [2, 125, 17, 73, 25]); // 595 - 200 - 36 - 6, 36 + 12, 206 and 70 points
      await examine(page, `${name}-${theme}-box`);
      assert.deepEqual(await numbers(), [2, 125, 17, 73, 25], "the width of the window does not move it");
      await page.type("#reason", "per accettazione");
      dialogs.expect({ press: "notok" }, { press: "ok" }, { pin: rightPIN });
      const looked = join(rig.dir, `looked-${name}`);
      const second = join(rig.dir, "dialogs", "answer.2"); // the citizen looks before saying yes
      writeFileSync(second, `for i in $(seq 600); do [ -e '${looked}' ] && break; sleep 0.1; done\n${readFileSync(second, "utf8")}`);
      await focus(page, "#sign");
      await page.keyboard.press("Enter");
      await until("the page of the document", () => existsSync(opened));
      const other = await browser.newPage();
      await other.setViewport({ width: 1280, height: 800 });
      await other.goto(readFileSync(opened, "utf8"));
      assert.match(new URL(other.url()).pathname, /\/view\/[A-Z2-7]{26}$/);
      assert.match(await seen(other), /Domanda di rimborso/);
      const shown = other.url();
      writeFileSync(looked, "");
      rmSync(opened);
      await examine(other, `${name}-${theme}-view`);
      await page.bringToFront(); // one that is not looked at does not ask for news
      await shows(page, /Il documento è firmato[^]*domanda-firmato\.pdf/);
      await other.goto(shown);
      await shows(other, /non si può più mostrare/);
      await other.close();
      await examine(page, `${name}-${theme}-signed`);
      await save(page, "#save-0", signed);
      assert.equal(dialogs.count, 3);
      const judged = execFileSync("pdfsig", ["-nocert", signed], { encoding: "utf8" });
      assert.match(judged, /Signature is Valid/);
      assert.match(judged, /Total document signed/);
    });

    test("the page that verifies says that the document is whole, and names one that was tampered with", async () => {
      await enter(page, "verify");
      await choose(page, "#signed", signed);
      await page.click("#verify");
      await shows(page, /Il documento è intero[^]*GIADA PROVA/);
      await examine(page, `${name}-${theme}-verified`);
      const tampered = join(files, `${name}-alterato.pdf`);
      const bytes = readFileSync(signed);
      bytes.write("Domenda", bytes.indexOf("Domanda"));
      writeFileSync(tampered, bytes);
      await choose(page, "#signed", tampered);
      await page.click("#verify");
      await shows(page, /alterato\.pdf[^]*non è quello che è stato firmato/);
      assert.doesNotMatch(await words(page), /firma digitale/i);
      await page.screenshot({ path: join(rig.logs, `${name}-${theme}-tampered.png`), fullPage: true });
    });
  });
}

test("without JavaScript the form signs, without a look and a box", async () => {
  const browser = await startChromium(rig, { extension: false });
  const page = await browser.newPage();
  await page.setJavaScriptEnabled(false);
  await enter(page, "sign");
  await choose(page, "#papers", text, pdf);
  dialogs.expect({ press: "ok" }, { pin: rightPIN });
  await Promise.all([page.waitForNavigation(), page.click("#sign")]);
  await until("the outcome", async () => /nota\.txt\.p7m/.test(await page.content().catch(() => ""))); // the page asks again by itself
  assert.match(await page.content(), /2 documenti sono firmati[^]*domanda-firmato\.pdf/);
  assert.equal(dialogs.count, 2, "one PIN for both");
  await browser.close();
});
