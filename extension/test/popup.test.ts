// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeBrowser } from "./fakes";

describe("the popup", () => {
  const advice = { mood: "bad", title: "PIN bloccato", cause: "Tre volte sbagliato.", next: "Sbloccalo.", where: "In Toscana: ASL.", notes: ["Scade."] };
  const status = { bridge: "0.1.0", language: "it", advice, updateNotice: true };

  test("gets the status, and the native port closes when it leaves", () => {
    const browser = new FakeBrowser();
    const popup = browser.popup();
    popup.say({});
    assert.deepEqual(browser.native.sent, [{ channel: "extension", rpc: { jsonrpc: "2.0", id: 1, method: "extension.status", params: {} } }]);
    browser.answerOwn(status);
    assert.deepEqual(popup.take(), [{ status }]);
    assert.equal(browser.native.open, true);
    popup.die();
    assert.equal(browser.native.open, false);
  });

  for (const [name, result] of Object.entries({
    nothing: null,
    "no advice": { bridge: "0.1.0", language: "it" },
    "an unknown mood": { ...status, advice: { ...advice, mood: "merry" } },
    "a title that is no text": { ...status, advice: { ...advice, title: {} } },
    "a text of 10,000 characters": { ...status, advice: { ...advice, where: "x".repeat(10_000) } },
    "notes that are no texts": { ...status, advice: { ...advice, notes: [1] } },
    "a thousand notes": { ...status, advice: { ...advice, notes: Array(1000).fill("x") } },
  })) {
    test(`is told that the agent cannot be reached when the host answers ${name}`, () => {
      const browser = new FakeBrowser();
      const popup = browser.popup();
      popup.say({});
      browser.answerOwn(result);
      assert.deepEqual(popup.take(), [{ status: null }]);
    });
  }

  test("gets the agent's words and nothing else, also where there is nothing to say", () => {
    const browser = new FakeBrowser();
    const popup = browser.popup();
    popup.say({});
    browser.answerOwn({ ...status, card: { state: "ready" }, advice: { mood: "good", title: "Tessera pronta", more: "?" } });
    assert.deepEqual(popup.take(), [{ status: { ...status, advice: { mood: "good", title: "Tessera pronta", cause: "", next: "", where: "", notes: [] } } }]);
  });

  test("may not tell of a new version when the agent does not say that it may", () => {
    for (const updateNotice of [undefined, false, "true", 1]) {
      const browser = new FakeBrowser();
      const popup = browser.popup();
      popup.say({});
      browser.answerOwn({ ...status, updateNotice });
      assert.deepEqual(popup.take(), [{ status: { ...status, updateNotice: false } }]);
    }
  });

  test("is told that the agent cannot be reached when the host is missing", () => {
    const browser = new FakeBrowser();
    browser.missing = true;
    const popup = browser.popup();
    popup.say({});
    assert.deepEqual(popup.take(), [{ status: null }]);
  });

  test("that leaves before the answer takes its question along", () => {
    const browser = new FakeBrowser();
    const popup = browser.popup();
    popup.say({});
    popup.die();
    assert.equal(browser.native.open, false);
  });

  test("cannot be played by a page", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say({});
    assert.equal(browser.natives.length, 0);
  });
});
