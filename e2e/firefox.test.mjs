// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Logins through the extension in Firefox. What a card can answer does not depend on the browser: see cards.test.mjs.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFirefox } from "./rig/browsers.mjs";
import { rightPIN, wrongPIN } from "./rig/dialogs.mjs";
import { processesOf } from "./rig/processes.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

const rig = new Rig("firefox");
const { agent, cards, desktop, dialogs, portal } = rig;
/** @type {import("puppeteer-core").Page} */
let page;
/** @type {import("puppeteer-core").Browser} */
let browser;

before(async () => {
  await rig.start({ agent: false, desktop: true, settings: { websocket: "off" } });
  browser = await startFirefox(rig);
  page = await browser.newPage();
});
after(async () => rig.stop());

test("the first login starts the agent, and the citizen is in", async () => {
  assert.equal(await agent.reachable(), false);
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  assert.equal(await agent.reachable(), true);
  assert.equal(dialogs.shown[0]?.text.split("\n")[0], portal.host, "the dialog begins with the site");
});

test("a wrong PIN is asked again and never told to the page", async () => {
  dialogs.expect({ pin: wrongPIN }, { pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  assert.equal(dialogs.shown[1]?.error, "PIN errato: restano 2 tentativi");
});

test("Cancel ends the login, and the page says so", async () => {
  dialogs.expect({ press: "cancel" });
  assert.equal((await portal.login(page)).code, "USER_CANCELLED");
});

test("the portal logs out when the card is pulled, and says why", async () => {
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  await cards.eject();
  assert.match(await portal.notice(page), /^Hai tolto la tessera/);
});

test("without a card the citizen is asked to put one in, and then logs in", async () => {
  dialogs.expect({ pin: rightPIN });
  assert.equal((await portal.login(page)).code, "NO_CARD");
  await cards.insert();
  await portal.press(page);
  assert.deepEqual(await portal.outcome(page), giadaIsIn);
});

test("the tab is closed while the dialog is open: the window goes, and the card is free", async () => {
  const tab = await browser.newPage();
  dialogs.expect("window");
  await portal.open(tab);
  await portal.press(tab);
  await desktop.dialog();
  await tab.close();
  await desktop.cleared();
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
});

test("the browser is killed while the dialog is open: the window and the native host go", async () => {
  dialogs.expect("window");
  await portal.open(page);
  await portal.press(page);
  await desktop.dialog();
  browser.process()?.kill("SIGKILL");
  await desktop.cleared();
  await until("the native host to end", () => processesOf(rig.env, "ponte-nativehost").length === 0);
});
