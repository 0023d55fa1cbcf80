// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Who may ask through the extension, and under which name: pages that nobody knows, frames, liars.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN } from "./rig/dialogs.mjs";
import { built } from "./rig/places.mjs";
import { run } from "./rig/program.mjs";
import { Rig } from "./rig/rig.mjs";
import { Site } from "./rig/site.mjs";

const rig = new Rig("origins");
const { agent, dialogs } = rig;
/** @type {Site} */
let site;

before(async () => {
  await rig.start({ settings: { websocket: "off" } });
  site = new Site(rig.tls);
  await site.start(rig);
});
after(async () => rig.stop());

/**
 * For which of these origins is a token valid?
 * @param {unknown} token @param {string[]} origins
 */
async function validFor(token, ...origins) {
  const file = join(rig.dir, "token.json");
  await writeFile(file, JSON.stringify(token));
  /** @type {string[]} */
  const valid = [];
  for (const origin of origins) {
    const verify = `"$0" verify --origin "$1" --nonce 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH --trust "$2" --revocation off < "$3"`;
    await run("sh", ["-c", verify, built("ponte"), origin, rig.cards.authority, file], { env: rig.env }).then(() => valid.push(origin), (/** @type {{code: number}} */ { code }) => {
      assert.equal(code, 1, "refused, not failed");
    });
  }
  return valid;
}

for (const [name, start] of Object.entries({ Chromium: startChromium, Firefox: startFirefox })) {
  describe(`in ${name}`, () => {
    /** @type {import("puppeteer-core").Page} */
    let page;
    before(async () => { page = await (await start(rig)).newPage(); });
    after(async () => page.browser().close());
    beforeEach(async () => {
      await page.goto("about:blank");
      await agent.startAfresh();
    });

    test("a site that nobody knows hears nothing without a click, and is answered at one", async () => {
      await page.goto(`${site.origin("other.test")}/login.html`);
      const silent = await site.report("loaded");
      assert.equal(silent["code"], "EXTENSION_MISSING");
      assert.deepEqual(silent["heard"], []);

      dialogs.expect({ pin: rightPIN });
      await page.click("#login");
      const answered = await site.report("login");
      assert.equal(answered["door"], "extension");
      assert.deepEqual(await validFor(answered["token"], site.origin("portal.test"), site.origin("other.test")), [site.origin("other.test")]);

      await page.reload();
      assert.equal((await site.report("loaded"))["door"], "extension", "after a login the site is known, and needs no click");
    });

    test("a frame among pages of its own origin logs in by the extension", async () => {
      await agent.command("sites", "allow", site.origin("portal.test"));
      dialogs.expect({ pin: rightPIN });
      await page.goto(`${site.origin("portal.test")}/framing.html#portal.test,login.html`);
      const frame = await page.waitForFrame((f) => f.url().endsWith("/login.html"));
      assert.equal((await site.report("loaded"))["door"], "extension");
      await (await frame.waitForSelector("#login"))?.click();
      const inside = await site.report("login");
      assert.equal(inside["door"], "extension");
      assert.deepEqual(await validFor(inside["token"], site.origin("portal.test")), [site.origin("portal.test")]);
    });

    test("a frame of another origin reaches nothing, even in a known site and with a click", async () => {
      await agent.command("sites", "allow", site.origin("portal.test"));
      await agent.command("sites", "allow", site.origin("other.test"));
      dialogs.expect({ pin: rightPIN });
      await page.goto(`${site.origin("portal.test")}/framing.html#other.test,frame.html`);
      const frame = await page.waitForFrame((f) => f.url().endsWith("/frame.html"));
      await (await frame.waitForSelector("#frame"))?.click();
      const inside = await site.report("frame");
      assert.equal(inside["code"], "ORIGIN_DENIED"); // by the library; what follows is what the page did without it
      const heard = /** @type {{rpc: {error: {data: {code: string}}}}[]} */ (inside["heard"]);
      assert.deepEqual(heard.map(({ rpc }) => rpc.error.data.code), ["ORIGIN_DENIED"]);
      assert.deepEqual((await site.report("top"))["heard"], ["done"], "the page around the frame heard no answer either");
      assert.equal(dialogs.count, 0);
    });

    test("a page that claims another origin gets a token for its own, and the dialog names its own", async () => {
      const [own, other] = [site.origin("other.test"), site.origin("portal.test")];
      await page.goto(`${own}/liar.html#${encodeURIComponent(other)}`);

      dialogs.expect({ pin: rightPIN });
      await page.click("#envelope");
      const believed = /** @type {{rpc: {result: unknown}}} */ (/** @type {unknown} */ (await site.report("envelope")));
      assert.deepEqual(await validFor(believed.rpc.result, other, own), [own]);
      assert.equal(dialogs.shown[0]?.text.split("\n")[0], new URL(own).host);

      dialogs.expect({ pin: rightPIN });
      await page.click("#params");
      const refused = /** @type {{rpc: {error: {data: {code: string}}}}} */ (/** @type {unknown} */ (await site.report("params")));
      assert.equal(refused.rpc.error.data.code, "INVALID_ARGUMENT");

      await page.click("#event");
      const { heard } = /** @type {{heard: {rpc?: {id: string}}[]}} */ (/** @type {unknown} */ (await site.report("event")));
      assert.ok(!heard.some((message) => message.rpc?.id === "forged"));
      assert.equal(dialogs.count, 0);
    });

    test("a message that is too long is answered, garbage is not, and the extension works on", async () => {
      await page.goto(`${site.origin("other.test")}/bulky.html`);
      await page.click("#extension");
      const { after: next, bulky, heard } = /** @type {{after: {door: string}, bulky: string, heard: unknown[]}} */ (/** @type {unknown} */ (await site.report("extension")));
      assert.equal(bulky, "INVALID_ARGUMENT");
      assert.equal(next.door, "extension");
      assert.equal(heard.filter((message) => message === "garbage").length, 1, "only the page's own message");
    });
  });
}
