// SPDX-License-Identifier: EUPL-1.2
// @ts-check

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { Rig } from "./rig/rig.mjs";

const rig = new Rig("chromium");
const { portal, dialogs } = rig;
/** @type {import("puppeteer-core").Page} */
let page;

before(async () => {
  await rig.start({ agent: false, settings: { websocket: "off" } });
  page = await (await startChromium(rig)).newPage();
});
after(async () => rig.stop());

test("the first login starts the agent, and the citizen is in", async () => {
  assert.equal(await rig.agent.reachable(), false);
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), { in: true, name: "GIADA PROVA", fiscalCode: "RSSGPR84S63H501C" });
  assert.equal(await rig.agent.reachable(), true);
  const [dialog] = dialogs.shown;
  assert.match(dialog?.text ?? "", new RegExp(`^${portal.origin.replace("https://", "")}`), "the dialog names the site");
});
