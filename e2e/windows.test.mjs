// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Logins as a citizen sees them: the browser and the windows of pinentry-gtk-2 on one screen, the PIN typed on the keyboard.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN, wrongPIN } from "./rig/dialogs.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";

const rig = new Rig("windows");
const { agent, desktop, dialogs, portal } = rig;

before(async () => rig.start({ desktop: true }));
after(async () => rig.stop());

/** Types into the window that has the keyboard. @param {string} text */
async function enter(text) {
  await desktop.type(text);
  await desktop.press("Return");
}

for (const [name, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  test(`in ${name}, with the extension: a wrong PIN, then the right one`, async () => {
    await agent.startAfresh();
    const browser = await start(rig, { onScreen: true });
    const page = await browser.newPage();
    dialogs.expect("window", "window");
    await portal.open(page);
    await portal.press(page);
    const first = await desktop.dialog();
    desktop.screenshot(`${name}-1-pin`);
    await enter(wrongPIN);
    await desktop.dialog(first);
    desktop.screenshot(`${name}-2-wrong`);
    await enter(rightPIN);
    assert.deepEqual(await portal.outcome(page), giadaIsIn);
    await desktop.cleared();
    await page.evaluate(async () => new Promise((drawn) => { requestAnimationFrame(() => { setTimeout(drawn, 100); }); }));
    desktop.screenshot(`${name}-3-in`);
    await browser.close();
  });
}

test("without the extension: the citizen lets the site in with the keyboard, then types the PIN", async () => {
  await agent.startAfresh();
  const browser = await startChromium(rig, { extension: false, onScreen: true });
  const page = await browser.newPage();
  dialogs.expect("window", "window");
  await portal.open(page);
  await portal.press(page);
  const question = await desktop.dialog();
  desktop.screenshot("consent-1-question");
  await desktop.press("shift+Tab", "Return");
  await desktop.dialog(question);
  desktop.screenshot("consent-2-pin");
  await enter(rightPIN);
  assert.deepEqual(await portal.outcome(page), giadaIsIn);
  await browser.close();
});
