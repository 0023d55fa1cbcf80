// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accepted, call, failed, FakeBrowser, frame, portal } from "./fakes";

const denied = (id: number): unknown => failed(id, "ORIGIN_DENIED", false);

describe("who may speak", () => {
  for (const [name, sender] of Object.entries({
    "a frame in a page of another site": { frameId: 3, port: "inside" },
    "a frame of unknown place": { frameId: undefined },
    "a document outside a tab": { tab: undefined },
    "a tab without an id": { tab: {} },
    "an opaque origin": { origin: "null" },
    "no origin": { origin: undefined },
    "a plain http site": { origin: "http://portal.example" },
    "http on a look-alike of localhost": { origin: "http://localhost.example" },
    "a file": { origin: "file://" },
    "another extension": { origin: "chrome-extension://other" },
  })) {
    test(`${name} is denied before anything reaches the host`, () => {
      const browser = new FakeBrowser();
      const port = browser.document(sender);
      port.say(call(1, true));
      port.say("garbage");
      assert.deepEqual(port.take(), [denied(1)]);
      assert.equal(browser.natives.length, 0);
    });
  }

  // A site can have such an origin at will: https://portal.example. (with a dot) is served to everybody.
  for (const [name, sender] of Object.entries({
    "a name that ends in a dot": { origin: "https://portal.example." },
    "an opaque origin": { origin: "null" },
    "a frame in a page of another site": { frameId: 3, port: "inside" },
  })) {
    test(`without a click ${name} is denied in silence`, () => {
      const browser = new FakeBrowser();
      const port = browser.document(sender);
      port.say(call(1));
      assert.deepEqual(port.take(), []);
      port.say(call(2, true));
      assert.deepEqual(port.take(), [denied(2)]);
      assert.equal(browser.natives.length, 0);
    });
  }

  test("a frame among pages of its own site is a document of its own", () => {
    const browser = new FakeBrowser();
    browser.document({ frameId: 3 }).say(call(1, true));
    assert.deepEqual(browser.native.take(), [frame(1, "5.3.D1")]);
  });

  test("a port without a sender is denied", () => {
    const port = new FakeBrowser().connect(undefined);
    port.say(call(1, true));
    assert.deepEqual(port.take(), [denied(1)]);
  });

  test("origin and channel come from the browser, whatever the message says", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say({ ...call(1, true), channel: "9.0.X", origin: "https://bank.example", sender: {} });
    assert.deepEqual(browser.native.take(), [frame(1)]);
  });

  test("a site on this computer may be plain http", () => {
    for (const origin of ["http://localhost:8080", "http://127.0.0.1:3000", "http://localhost"]) {
      const browser = new FakeBrowser();
      browser.document({ origin }).say(call(1, true));
      assert.deepEqual(browser.native.take(), [{ ...frame(1), origin }]);
    }
  });

  test("a browser that gives no usable document id gets a name from us", () => {
    const browser = new FakeBrowser();
    browser.document({ documentId: undefined }).say(call(1, true));
    browser.document({ documentId: "a b" }).say(call(2, true));
    assert.deepEqual(browser.native.take(), [frame(1, "5.0.p1"), frame(2, "5.0.p2")]);
  });

  test("a message that is no call is ignored", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    for (const m of [null, 1, "x", [], {}, { click: true }, { click: "yes", rpc: { id: 1, method: "m" } }, { click: true, rpc: { method: "m" } }]) {
      port.say(m);
    }
    assert.equal(browser.natives.length, 0);
    assert.deepEqual(port.take(), []);
  });
});

describe("a document that has not been admitted", () => {
  const knows = { channel: "extension", rpc: { jsonrpc: "2.0", id: 1, method: "extension.knows", params: { origin: portal } } };

  test("without a click nothing of it reaches the host but the question whether the site is known", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1));
    port.say(call(2));
    assert.deepEqual(browser.native.take(), [knows]);
    assert.deepEqual(port.take(), []);
  });

  for (const [name, result] of Object.entries({ no: { known: false }, nonsense: { known: "true" }, nothing: null })) {
    test(`is dropped in silence when the answer is ${name}`, () => {
      const browser = new FakeBrowser();
      const port = browser.document();
      port.say(call(1));
      browser.answerOwn(result);
      port.say(call(2));
      assert.deepEqual(port.take(), []);
      assert.deepEqual(browser.native.take(), []);
      assert.equal(browser.native.open, false);
      assert.equal(browser.natives.length, 1);
    });
  }

  test("is dropped in silence when the answer is an error", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1));
    browser.native.say({ channel: "extension", rpc: { jsonrpc: "2.0", id: 1, error: { code: -32603, message: "internal error" } } });
    assert.deepEqual(port.take(), []);
  });

  test("is dropped in silence when the host is missing or dies", () => {
    const browser = new FakeBrowser();
    const first = browser.document();
    first.say(call(1));
    browser.native.die();
    assert.deepEqual(first.take(), []);

    browser.missing = true;
    const second = browser.document({ documentId: "D2" });
    second.say(call(1));
    assert.deepEqual(second.take(), []);
  });

  test("of a known site is let through, in order, and may go on", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1));
    port.say(call(2));
    browser.answerOwn({ known: true });
    port.say(call(3));
    assert.deepEqual(port.take(), [accepted(1), accepted(2), accepted(3)]);
    assert.deepEqual(browser.native.take(), [frame(1), frame(2), frame(3)]);
  });

  test("is admitted by a click, and may go on without one", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true));
    port.say(call(2));
    assert.deepEqual(port.take(), [accepted(1), accepted(2)]);
    assert.deepEqual(browser.native.take(), [frame(1), frame(2)]);
  });

  test("is admitted by a click after it was refused", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1));
    browser.answerOwn({ known: false });
    port.say(call(2, true));
    assert.deepEqual(port.take(), [accepted(2)]);
  });

  test("keeps at most 32 messages waiting", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    for (let id = 1; id <= 100; id++) {
      port.say(call(id));
    }
    browser.answerOwn({ known: true });
    assert.equal(port.take().length, 32);
  });

  test("does not admit another document of its site", () => {
    const browser = new FakeBrowser();
    browser.document().say(call(1, true));
    const other = browser.document({ documentId: "D2" });
    other.say(call(1));
    assert.deepEqual(other.take(), []);
  });

  test("that closes before the answer lets the host go", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1));
    port.die();
    assert.equal(browser.native.open, false);
  });
});
