// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// What an administrator has set for the extension (managed storage), as each browser gives it.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromiumUnder, extensionId, startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";
import { Site } from "./rig/site.mjs";
import { until } from "./rig/wait.mjs";

const rig = new Rig("managed");
const { dialogs, portal } = rig;
/** @type {Site} */
let site;

before(async () => {
  await rig.start({ settings: { websocket: "off" } });
  site = new Site(rig.tls);
  await site.start(rig);
  await rig.agent.command("sites", "allow", site.origin("other.test")); // whatever the agent lets it
});
after(async () => rig.stop());

/** @typedef {import("puppeteer-core").Page} Page */

/** A click on the page of the other site. @param {Page} page */
async function click(page) {
  dialogs.expect({ press: "cancel" });
  await page.click("#login");
  return (await site.report("login"))["code"];
}

/** The other site, which is not on the list. @param {Page} page */
async function leftOut(page) {
  await page.goto(`${site.origin("other.test")}/login.html`);
  const silent = await site.report("loaded");
  assert.equal(silent["code"], "EXTENSION_MISSING");
  assert.deepEqual(silent["heard"], [], "without a click it hears nothing");
  assert.equal(await click(page), "ORIGIN_DENIED");
  assert.equal(dialogs.shown.length, 0);
}

/** @param {string[]} sites */
const policies = (...sites) => ({ "3rdparty": { extensions: { [extensionId]: { sites, language: "de" } } } });

test("in Chromium the list of the policy holds, from the first page of the next start on", async () => {
  const { program, file } = chromiumUnder(rig, policies(portal.origin));
  const profile = join(rig.dir, "managed-chromium");
  let browser = await startChromium(rig, { program, profile });
  let page = await browser.newPage();
  await page.goto(`chrome-extension://${extensionId}/popup.html`);
  await until("Chromium to tell what is set", () => page.evaluate(`chrome.storage.local.get("managed").then(({ managed }) => managed?.sites?.length)`));
  await leftOut(page);
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);

  await browser.close();
  browser = await startChromium(rig, { program, profile });
  page = await browser.newPage();
  await leftOut(page);
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);

  writeFileSync(file, JSON.stringify(policies(portal.origin, site.origin("other.test"))));
  await page.goto(`${site.origin("other.test")}/login.html`);
  await site.report("loaded");
  await until("the new list to hold", async () => (await click(page)) !== "ORIGIN_DENIED");
});

test("in Firefox the list of the managed storage manifest holds", async () => {
  const folder = join(rig.dir, "home", ".mozilla", "managed-storage");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "ponte@ponte-cns.json"), JSON.stringify({
    name: "ponte@ponte-cns", description: "Ponte", type: "storage", data: { sites: [portal.origin], language: "de" },
  }));
  const page = await (await startFirefox(rig)).newPage();
  await page.goto(`${site.origin("other.test")}/login.html`);
  await site.report("loaded");
  await until("Firefox to tell what is set", async () => (await click(page)) === "ORIGIN_DENIED");
  await leftOut(page);
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
});
