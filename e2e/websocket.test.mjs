// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Logins through the WebSocket, in browsers without the extension.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";

const rig = new Rig("websocket");
const { agent, dialogs, portal } = rig;

before(async () => rig.start());
after(async () => rig.stop());

for (const [name, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  test(`in ${name} the citizen lets the new site in, types the PIN, and next time only the PIN`, async () => {
    await agent.startAfresh();
    const browser = await start(rig, { extension: false });
    const page = await browser.newPage();
    dialogs.expect({ press: "ok" }, { pin: rightPIN });
    assert.deepEqual(await portal.login(page), giadaIsIn);
    const [consent, pin] = dialogs.shown;
    assert.equal(consent?.text.split("\n")[0], portal.host, "the question begins with the site");
    assert.deepEqual([consent?.kind, consent?.ok, consent?.other, consent?.cancel], ["question", "Consenti", "Blocca", "Non ora"]);
    assert.equal(pin?.kind, "pin");

    dialogs.expect({ pin: rightPIN });
    assert.deepEqual(await portal.login(page), giadaIsIn);
    await browser.close();
  });
}
