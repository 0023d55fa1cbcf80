// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Things go away in the middle: card, pcscd, agent, tab, browser. The PIN dialogs are real windows, which must go away too.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startChromium } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { processesOf } from "./rig/processes.mjs";
import { giada, giadaIsIn, Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

const rig = new Rig("faults");
const { agent, cards, desktop, dialogs, pcscd, portal } = rig;
/** @type {import("puppeteer-core").Browser} */
let browser;
/** @type {import("puppeteer-core").Page} */
let page;

before(async () => {
  await rig.start({ desktop: true, settings: { websocket: "off" } });
  browser = await startChromium(rig);
  page = await browser.newPage();
});
after(async () => rig.stop());

beforeEach(async () => {
  await page.goto("about:blank");
  await agent.startAfresh(); // forgets who has cancelled too often
  if (!(await cards.inside())) {
    await cards.insert();
  }
});

/** Presses the button, and waits for the window that asks for the PIN. */
async function windowOpens(p = page) {
  dialogs.expect("window");
  await portal.open(p);
  await portal.press(p);
  await desktop.dialog();
}

async function nextLoginWorks(p = page) {
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(p), giadaIsIn);
}

test("the card is pulled while the dialog is open: the window goes, the page is told", async () => {
  await windowOpens();
  await cards.eject();
  assert.equal((await portal.outcome(page)).code, "CARD_REMOVED");
  await desktop.cleared();
  await cards.insert();
  await nextLoginWorks();
});

test("the card is pulled between PIN and signature: the page is told, and no try is lost", async () => {
  await nextLoginWorks(); // the agent knows the certificate
  await cards.ejectAt(4);
  dialogs.expect({ pin: rightPIN });
  assert.equal((await portal.login(page)).code, "CARD_REMOVED");
  await cards.missed();
  await cards.insert();
  assert.equal(await cards.triesLeft(), 3);
  await nextLoginWorks();
});

test("the card is pulled after the login: the portal logs out and says why", async () => {
  await nextLoginWorks();
  await cards.eject();
  assert.match(await portal.notice(page), /^Hai tolto la tessera/);
});

test("pcscd crashes between two logins: with the next pcscd the agent goes on", async () => {
  await nextLoginWorks();
  await pcscd.stop("SIGKILL");
  dialogs.expect();
  assert.match((await portal.login(page)).code ?? "", /^(PCSC_UNAVAILABLE|NO_READER)$/);
  await cards.stop();
  await pcscd.start();
  await cards.start(pcscd.port, giada);
  await nextLoginWorks();
});

test("the agent is killed while the dialog is open: the window goes, the page is told, the next login starts another agent", async () => {
  await windowOpens();
  await agent.stop("SIGKILL");
  assert.equal((await portal.outcome(page)).code, "BRIDGE_UNREACHABLE");
  await desktop.cleared();
  await nextLoginWorks();
  assert.equal(await agent.reachable(), true);
});

test("the tab is closed while the dialog is open: the window goes, and the card is free", async () => {
  const tab = await browser.newPage();
  await windowOpens(tab);
  await tab.close();
  await desktop.cleared();
  await nextLoginWorks();
});

test("the page is left while the dialog is open: the window goes, and the card is free", async () => {
  await windowOpens();
  await page.goto("about:blank");
  await desktop.cleared();
  await nextLoginWorks();
});

test("of two tabs that ask at once the second hears that the first is being asked", async () => {
  await windowOpens();
  const tab = await browser.newPage();
  await tab.goto(portal.origin);
  await portal.press(tab);
  assert.equal((await portal.outcome(tab)).code, "BRIDGE_BUSY");
  assert.equal((await desktop.windows()).length, 1);
  await desktop.type(rightPIN);
  await desktop.press("Return");
  await page.bringToFront();
  assert.deepEqual(await portal.outcome(page), giadaIsIn);
  await tab.close();
});

test("the browser is killed while the dialog is open: the window and the native host go, and the card is free", async () => {
  const other = await startChromium(rig);
  await windowOpens(await other.newPage());
  const hosts = processesOf(rig.env, "ponte-nativehost").length;
  other.process()?.kill("SIGKILL");
  await desktop.cleared();
  await until("the native host to end", () => processesOf(rig.env, "ponte-nativehost").length < hosts);
  await page.bringToFront();
  await nextLoginWorks();
});
