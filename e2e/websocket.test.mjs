// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Logins through the WebSocket, in browsers without the extension.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";
import { Site } from "./rig/site.mjs";

const rig = new Rig("websocket");
const { agent, cards, dialogs, portal } = rig;

/** @type {Site} */
let site;

before(async () => {
  await rig.start();
  site = new Site(rig.tls);
  await site.start(rig);
});
after(async () => rig.stop());

/** @param {import("puppeteer-core").Page} page */
async function refusedInSilence(page) {
  dialogs.expect({ press: "ok" });
  assert.equal((await portal.login(page)).code, "EXTENSION_MISSING");
  assert.equal(dialogs.count, 0);
}

for (const [name, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(`in ${name}`, () => {
    /** @type {import("puppeteer-core").Page} */
    let page;
    before(async () => { page = await (await start(rig, { extension: false })).newPage(); });
    after(async () => page.browser().close());
    beforeEach(async () => {
      await page.goto("about:blank");
      await agent.startAfresh();
    });

    test("the citizen lets the new site in, types the PIN, and next time only the PIN", async () => {
      dialogs.expect({ press: "ok" }, { pin: rightPIN });
      assert.deepEqual(await portal.login(page), giadaIsIn);
      const [consent, pin] = dialogs.shown;
      assert.equal(consent?.text.split("\n")[0], portal.host, "the question begins with the site");
      assert.deepEqual([consent?.kind, consent?.ok, consent?.other, consent?.cancel], ["question", "Consenti", "Blocca", "Non ora"]);
      assert.equal(pin?.kind, "pin");

      dialogs.expect({ pin: rightPIN });
      assert.deepEqual(await portal.login(page), giadaIsIn);
    });

    test("a site that the citizen blocks learns nothing, and does not ask again", async () => {
      dialogs.expect({ press: "notok" });
      assert.equal((await portal.login(page)).code, "EXTENSION_MISSING");
      assert.equal(dialogs.count, 1);
      await refusedInSilence(page);
    });

    test("without a card a new site is refused, and no dialog tells that it asked", async () => {
      await cards.eject();
      await refusedInSilence(page);
      await cards.insert();
    });

    test("a message that is too long, binary or garbage ends its own connection or is answered", async () => {
      await agent.command("sites", "allow", site.origin("other.test"));
      await page.goto(`${site.origin("other.test")}/bulky.html`);
      await page.click("#websocket");
      const { full, bulky, binary, garbage } = await site.report("websocket");
      assert.deepEqual({ full, bulky, binary, garbage }, { full: "hello", bulky: 1009, binary: 1003, garbage: -32700 });
    });

    test("the portal logs out when the card is pulled", async () => {
      dialogs.expect({ press: "ok" }, { pin: rightPIN });
      assert.deepEqual(await portal.login(page), giadaIsIn);
      await cards.eject();
      assert.match(await portal.notice(page), /^Hai tolto la tessera/);
      await cards.insert();
    });
  });
}

test("when Chromium keeps a public site from this computer, the page says so", async () => {
  const browser = await startChromium(rig, { extension: false, args: [`--ip-address-space-overrides=127.0.0.1:${new URL(portal.origin).port}=public`] });
  dialogs.expect();
  const outcome = await portal.login(await browser.newPage());
  assert.equal(outcome.code, "LOCAL_NETWORK_BLOCKED");
  assert.match(outcome.text ?? "", /Il browser non permette/);
});

test("every refusal of the WebSocket is the same, byte for byte", async () => {
  await agent.startAfresh();
  await agent.command("sites", "allow", "https://known.test");
  await agent.command("sites", "block", "https://blocked.test");
  await cards.eject();
  const port = agent.port;
  const answers = await Promise.all([
    refusal(port, { Origin: "https://unknown.test" }),
    refusal(port, { Origin: "https://blocked.test" }),
    refusal(port, { Origin: "http://known.test" }),
    refusal(port, { Origin: "https://known.test.evil.test" }),
    refusal(port, { Origin: "https://known.test:8443" }),
    refusal(port, { Origin: "https://evil.test/https://known.test" }),
    refusal(port, { Origin: "null" }),
    refusal(port, {}),
    refusal(port, { Origin: "https://known.test", Host: `known.test:${port}` }),
  ]);
  await cards.insert();
  assert.deepEqual(new Set(answers), new Set(["HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"]));
});

/**
 * Asks for a WebSocket as a browser would, and gives the whole answer.
 * @param {number} port
 * @param {Record<string, string>} headers
 * @returns {Promise<string>}
 */
async function refusal(port, headers) {
  return new Promise((give, fail) => {
    const all = {
      Host: `127.0.0.1:${port}`, Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "ponte.v1", ...headers,
    };
    let answer = "";
    connect(port, "127.0.0.1")
      .on("data", (part) => { answer += part.toString("latin1"); })
      .on("end", () => { give(answer); })
      .on("error", fail)
      .write(`GET /v1 HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  });
}
