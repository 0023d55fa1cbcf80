// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A portal enrols a new user without typing: after a login it asks for data of the card, and the citizen sees the very
// values before the portal does (identity.read).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

const rig = new Rig("enrolment");
const { dialogs, portal } = rig;
/** @type {import("puppeteer-core").Page} */
let page;

before(async () => {
  await rig.start({ settings: { websocket: "off" } });
  page = await (await startChromium(rig)).newPage();
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
});
after(async () => rig.stop());

/** Asks for the data, and gives what the page says then. */
async function enrol() {
  await page.goto(`${portal.origin}/profilo`); // without the failure of the time before
  await page.click("#enrol-read");
  return until("an answer", () => page.evaluate(() => {
    const birth = document.getElementById("birth-date")?.textContent;
    const error = document.getElementById("error")?.dataset["code"];
    return birth ? { birth } : error ? { error } : undefined;
  }).catch(() => undefined));
}

test("a citizen who says no tells the portal nothing", async () => {
  dialogs.expect({ press: "cancel" });
  assert.deepEqual(await enrol(), { error: "USER_CANCELLED" });
  assert.match(dialogs.shown[0]?.text ?? "", /Data di nascita: 1984-11-23/);
});

test("a citizen who shares the data is enrolled with what the dialog listed", async () => {
  dialogs.expect({ press: "ok" });
  const { birth } = await enrol();
  const [dialog] = dialogs.shown;
  assert.equal(dialog?.text.split("\n")[0], portal.host);
  assert.match(dialog?.text ?? "", /Codice fiscale: RSSGPR84S63H501C/);
  assert.match(birth ?? "", /1984/);
});
