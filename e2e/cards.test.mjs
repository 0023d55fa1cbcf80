// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Cards and readers that no PIN can help: the citizen is told what to do, and no dialog asks for a PIN.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { giada, giadaIsIn, Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

const rig = new Rig("cards");
const { agent, cards, dialogs, pcscd, portal } = rig;
/** @type {import("puppeteer-core").Page} */
let page;

before(async () => {
  await rig.start({ settings: { websocket: "off" } });
  page = await (await startChromium(rig)).newPage();
});
after(async () => rig.stop());

/**
 * @param {string} code
 * @param {RegExp} advice what the citizen reads
 */
async function refused(code, advice) {
  dialogs.expect();
  const outcome = await portal.login(page);
  assert.equal(outcome.code, code);
  assert.match(outcome.text ?? "", advice);
  assert.equal(dialogs.count, 0, "no dialog");
}

async function accepted() {
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.login(page), giadaIsIn);
}

for (const [state, code, advice] of /** @type {const} */ ([
  ["blocked", "PIN_BLOCKED", /PUK/],
  ["expired", "CERTIFICATE_EXPIRED", /scadut/],
  ["not-activated", "CARD_NOT_ACTIVATED", /attiva/],
  ["no-certificate", "CERTIFICATE_MISSING", /certificato/],
])) {
  test(`a card in the state ${state} is refused before any PIN is asked`, async () => {
    await cards.become(state);
    await refused(code, advice);
  });
}

test("without a card the citizen is asked to put one in, and then logs in", async () => {
  await cards.become("ok");
  await cards.eject();
  await refused("NO_CARD", /[Ii]nserisci la tessera/);
  await cards.insert();
  await portal.press(page);
  dialogs.expect({ pin: rightPIN });
  assert.deepEqual(await portal.outcome(page), giadaIsIn);
});

test("a card without a chip is told from no card", async () => {
  await cards.eject();
  await cards.start(pcscd.port, `${giada},mute=yes`);
  await refused("CARD_MUTE", /chip/);
});

test("without a reader the citizen is asked to connect one, and then logs in", async () => {
  await cards.stop();
  await pcscd.stop();
  await pcscd.start({ readers: false });
  await until("the agent to find the service again", async () => await agent.sees(1) === "NO_READER");
  await refused("NO_READER", /lettore/);

  await pcscd.stop();
  await pcscd.start();
  await cards.start(pcscd.port, giada);
  await accepted();
});
