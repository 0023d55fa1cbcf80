// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Logins through the extension in Chromium: the citizen at the dialogs.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "./rig/browsers.mjs";
import { rightPIN, wrongPIN } from "./rig/dialogs.mjs";
import { Portal } from "./rig/portal.mjs";
import { giadaIsIn, matteoIsIn, Rig } from "./rig/rig.mjs";

const rig = new Rig("chromium");
const { agent, cards, dialogs, portal } = rig;
/** @type {import("puppeteer-core").Page} */
let page;

const settings = { websocket: "off" };

before(async () => {
  await rig.start({ agent: false, settings });
  page = await (await startChromium(rig)).newPage();
});
after(async () => rig.stop());

/** A new agent forgets who has cancelled too often. */
async function fresh() {
  await page.goto("about:blank");
  await agent.startAfresh();
}

test("the first login starts the agent, and the citizen is in", async () => {
  assert.equal(await agent.reachable(), false);
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  assert.equal(await agent.reachable(), true);

  const [dialog] = dialogs.shown;
  assert.equal(dialog?.text.split("\n")[0], portal.host, "the dialog begins with the site");
  assert.match(dialog?.text ?? "", /Titolare: GIADA PROVA ROSSINI/);
  assert.match(dialog?.text ?? "", /Ti restano 3 tentativi/);
});

test("the button Esci ends the session", async () => {
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  await page.click("#exit button");
  assert.match(await portal.notice(page), /^Sei uscito/);
});

test("a wrong PIN is asked again and never told to the page", async () => {
  await fresh();
  dialogs.expect({ pin: wrongPIN }, { pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  assert.equal(dialogs.shown[0]?.error, "");
  assert.equal(dialogs.shown[1]?.error, "PIN errato: restano 2 tentativi");
  assert.equal(await cards.triesLeft(), 3);
});

test("what cannot be a PIN is asked again, and costs no try", async () => {
  await fresh();
  const verifies = await cards.verifies();
  dialogs.expect({ pin: "1234" }, { press: "cancel" });
  assert.equal((await portal.login(page)).code, "USER_CANCELLED");
  assert.match(dialogs.shown[1]?.error ?? "", /da 5 a 8 cifre/);
  assert.equal(await cards.verifies(), verifies);
});

test("Cancel ends the login, and the page says so", async () => {
  await fresh();
  const verifies = await cards.verifies();
  dialogs.expect({ press: "cancel" });
  const outcome = await portal.login(page);
  assert.equal(outcome.code, "USER_CANCELLED");
  assert.match(outcome.text ?? "", /annullata/);
  assert.equal(await cards.verifies(), verifies);
});

test("after two cancelled logins in a minute the site has to wait", async () => {
  await fresh();
  for (const code of ["USER_CANCELLED", "USER_CANCELLED", "RATE_LIMITED"]) {
    dialogs.expect({ press: "cancel" });
    assert.equal((await portal.login(page)).code, code);
  }
  assert.equal(dialogs.count, 0);
});

test("before the last try there is a warning: who cancels keeps the try, who goes on logs in", async () => {
  await fresh();
  await cards.become("tries=1");
  const verifies = await cards.verifies();
  dialogs.expect({ press: "cancel" });
  assert.equal((await portal.login(page)).code, "USER_CANCELLED");
  assert.match(dialogs.shown[0]?.text ?? "", /ti resta un solo tentativo/);
  assert.equal(await cards.triesLeft(), 1);
  assert.equal(await cards.verifies(), verifies);

  dialogs.expect({ press: "ok" }, { pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
  assert.match(dialogs.shown[1]?.text ?? "", /Ultimo tentativo/);
  assert.equal(await cards.triesLeft(), 3);
});

test("the wrong PIN at the last try blocks the card, and the page is told", async () => {
  await fresh();
  await cards.become("tries=1");
  dialogs.expect({ press: "ok" }, { pin: wrongPIN });
  const outcome = await portal.login(page);
  assert.equal(outcome.code, "PIN_BLOCKED");
  assert.match(outcome.text ?? "", /PUK/);
  assert.equal(await cards.triesLeft(), 0);
  await cards.become("ok");
});

test("of two cards the citizen chooses the second", async () => {
  await fresh();
  await cards.insert(2);
  dialogs.expect({ press: "notok" }, { press: "ok" }, { pin: rightPIN });
  assert.deepEqual(await portal.login(page), matteoIsIn);
  const [first, second, pin] = dialogs.shown;
  assert.match(first?.text ?? "", /Titolare: GIADA PROVA ROSSINI\nLettore: Virtual PCD 00 00/);
  assert.match(second?.text ?? "", /Titolare: MATTEO PROVA ROSSINI\nLettore: Virtual PCD 00 01/);
  assert.match(pin?.text ?? "", /Titolare: MATTEO PROVA ROSSINI/);
  await cards.eject(2);
});

test("a portal on http://localhost is refused, save in developer mode", async () => {
  const local = new Portal();
  await local.start(rig.logs, rig.env, cards.authority, undefined);
  rig.endings.push(async () => local.stop());
  await fresh();
  dialogs.expect({ pin: rightPIN });
  assert.equal((await local.login(page)).code, "ORIGIN_INSECURE");
  assert.equal(dialogs.count, 0);

  rig.configure({ ...settings, developer_mode: true });
  await fresh();
  assert.deepEqual(await local.login(page), giadaIsIn);
  assert.equal(dialogs.shown[0]?.text.split("\n")[0], local.origin, "the dialog says that it is not https");
});
