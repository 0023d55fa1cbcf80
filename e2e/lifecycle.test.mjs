// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// What browsers do to pages and extensions behind their backs, and what the extension shows of itself.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { extensionId, startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { built } from "./rig/places.mjs";
import { descendants, processesOf } from "./rig/processes.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";
import { Site } from "./rig/site.mjs";

const rig = new Rig("lifecycle");
const { agent, cards, dialogs, portal } = rig;
/** @type {Site} */
let site;
/** @type {import("puppeteer-core").Browser} */
let chromium;

before(async () => {
  await rig.start({ settings: { websocket: "off" } });
  site = new Site(rig.tls);
  await site.start(rig);
  chromium = await startChromium(rig);
});
after(async () => rig.stop());

for (const [name, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  test(`in ${name} a page that comes back from the back/forward cache logs in as before`, async () => {
    const browser = await start(rig);
    const page = await browser.newPage();
    await page.goto(`${site.origin("other.test")}/login.html`);
    await site.report("loaded");
    dialogs.expect({ pin: rightPIN });
    await page.click("#login");
    assert.ok((await site.report("login"))["token"]);

    await page.goto(`${site.origin("portal.test")}/login.html`);
    await site.report("loaded");
    await page.click("#back"); // puppeteer's goBack waits for a load that does not come
    await site.report("back"); // only a page that was kept says this
    dialogs.expect({ pin: rightPIN });
    await page.click("#login");
    assert.ok((await site.report("login"))["token"]);
    await browser.close();
  });
}


/** Opens a page that watches the card. */
async function watching() {
  await agent.command("sites", "allow", site.origin("other.test"));
  const page = await chromium.newPage();
  await page.goto(`${site.origin("other.test")}/watch.html`);
  await site.report("watching");
  return page;
}

test("the extension's own process is killed in Chromium: an open page goes on watching, and the next login works", async () => {
  const page = await watching();
  const hosts = processesOf(rig.env, "ponte-nativehost");
  // Not puppeteer's worker.close(): on a busy machine it sometimes keeps the next worker waiting for a debugger.
  const [worker = 0] = descendants(chromium.process()?.pid ?? 0, "--extension-process");
  process.kill(worker, "SIGKILL");
  await site.report("watching again");
  assert.ok(processesOf(rig.env, "ponte-nativehost").every((pid) => !hosts.includes(pid)), "by another native host");
  await cards.eject();
  await site.report("removed");

  await cards.insert();
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  await page.close();
});

test("the agent is killed while a page watches: another is started, and the page goes on watching", async () => {
  const page = await watching();
  const [killed] = processesOf(rig.env, "ponte");
  await agent.stop("SIGKILL");
  await site.report("watching again");
  assert.ok(processesOf(rig.env, "ponte").every((pid) => pid !== killed));
  await cards.eject();
  await site.report("removed");
  await cards.insert();
  await page.close();
});

test("the popup of an extension that is newer than the program says so, in the citizen's language", async () => {
  const newer = join(rig.dir, "newer");
  cpSync(built("extension", "chrome"), newer, { recursive: true });
  const manifest = readFileSync(join(newer, "manifest.json"), "utf8");
  writeFileSync(join(newer, "manifest.json"), manifest.replace(/"version": "[^"]*"/, '"version": "99.10.0"'));
  const browser = await startChromium(rig, { args: [`--load-extension=${newer}`] }); // the last one counts
  const page = await browser.newPage();
  await page.setViewport({ width: 340, height: 600 });
  for (const [language, said] of Object.entries({ it: /una versione più nuova di Ponte: 99\.10\.0/, en: /newer version of Ponte: 99\.10\.0/, de: /neuere Version von Ponte: 99\.10\.0/ })) {
    rig.configure({ websocket: "off", language });
    await page.goto(`chrome-extension://${extensionId}/popup.html`);
    await page.waitForSelector("#panel[aria-busy=false]");
    await page.screenshot({ path: /** @type {`${string}.png`} */ (join(rig.logs, `popup-newer-${language}.png`)) });
    assert.match(await page.evaluate(() => document.body.innerText), said);
  }
  rig.configure({ websocket: "off" });
  await browser.close();
});

test("the popup says in Italian what the card is doing", async () => {
  const page = await chromium.newPage();
  await page.setViewport({ width: 340, height: 420 });
  /** @param {string} name */
  async function popup(name) {
    await page.goto(`chrome-extension://${extensionId}/popup.html`);
    await page.waitForSelector("#panel[aria-busy=false]");
    await page.screenshot({ path: /** @type {`${string}.png`} */ (join(rig.logs, `popup-${name}.png`)) });
    return page.evaluate(() => document.body.innerText);
  }
  const ready = await popup("ready");
  assert.match(ready, /Tessera\nTessera pronta\n/);
  assert.doesNotMatch(ready, /versione più nuova/);
  await cards.eject();
  assert.match(await popup("no-card"), /[Ii]nserisci la tessera/);
  await cards.insert();
});
