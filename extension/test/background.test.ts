// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accepted, call, failed, FakeBrowser, invalid, portal, reply, unreachable } from "./fakes";

const denied = (id: number): unknown => failed(id, "ORIGIN_DENIED", false);
const frame = (id: number | string, channel = "5.0.D1", more: object = {}): object => ({
  channel, origin: portal, rpc: { jsonrpc: "2.0", id, method: "card.status", ...more },
});

describe("who may speak", () => {
  for (const [name, sender] of Object.entries({
    "a frame inside a page": { frameId: 3 },
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
    "a frame inside a page": { frameId: 3 },
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

describe("frames towards the host", () => {
  const wide = (bytes: number): object => {
    const rest = JSON.stringify(frame(1, "5.0.D1", { params: { x: "" } })).length;
    return { params: { x: "x".repeat(bytes - rest) } };
  };

  test("of 65,536 bytes pass and of one byte more are refused", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true, wide(65_536)));
    assert.deepEqual(port.take(), [accepted(1)]);
    assert.equal(JSON.stringify(browser.native.take()[0]).length, 65_536);
    port.say(call(2, true, wide(65_537)));
    assert.deepEqual(port.take(), [invalid(2)]);
    assert.deepEqual(browser.native.take(), []);
  });

  test("are measured in bytes, not in characters", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true, { params: { x: "è".repeat(40_000) } }));
    assert.deepEqual(port.take(), [invalid(1)]);
  });

  test("of more than 16 levels are refused, for they would end the host for every page", () => {
    const nest = (levels: number): unknown => (levels === 0 ? "]}[{\"" : [nest(levels - 1)]);
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true, { params: { x: nest(14) } }));
    port.say(call(2, true, { params: { x: nest(15) } }));
    assert.deepEqual(port.take(), [accepted(1), invalid(2)]);
    assert.equal(browser.native.take().length, 1);
  });

  test("that are not JSON are refused", () => {
    const cycle: Record<string, unknown> = {};
    cycle.x = cycle;
    const port = new FakeBrowser().document();
    port.say(call(1, true, { params: cycle }));
    port.say(call(2, true, { params: { x: 1n } }));
    assert.deepEqual(port.take(), [invalid(1), invalid(2)]);
  });

  test("with an id that is open already are refused, for nobody could tell the answers apart", () => {
    const port = new FakeBrowser().document();
    port.say(call(1, true));
    port.say(call(1, true));
    port.say(call("1", true));
    assert.deepEqual(port.take(), [accepted(1), invalid(1), accepted("1")]);
  });

  test("of a document with 32 open requests wait for an answer first", () => {
    const port = new FakeBrowser().document();
    for (let id = 1; id <= 33; id++) {
      port.say(call(id, true));
    }
    assert.deepEqual(port.take().at(-1), failed(33, "BRIDGE_BUSY", true));
  });
});

describe("answers of the host", () => {
  test("go to their own document only", () => {
    const browser = new FakeBrowser();
    const one = browser.document();
    const two = browser.document({ documentId: "D2" });
    one.say(call(1, true));
    two.say(call(1, true));
    one.take();
    two.take();
    browser.native.say({ channel: "5.0.D2", rpc: { jsonrpc: "2.0", id: 1, result: { state: "ready" } } });
    browser.native.say({ channel: "5.0.D1", rpc: { jsonrpc: "2.0", method: "card.changed", params: {} } });
    browser.native.say({ channel: "7.0.D1", rpc: { jsonrpc: "2.0", id: 1, result: {} } });
    assert.deepEqual(two.take(), [reply({ id: 1, result: { state: "ready" } })]);
    assert.deepEqual(one.take(), [reply({ method: "card.changed", params: {} })]);
  });

  test("that nobody asked for, or that come twice, are dropped", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true));
    port.take();
    for (const id of [1, 1, 2, "1", null]) {
      browser.native.say({ channel: "5.0.D1", rpc: { jsonrpc: "2.0", id, result: {} } });
    }
    assert.deepEqual(port.take(), [reply({ id: 1, result: {} })]);
  });

  for (const [name, m] of Object.entries({
    "no object": "hello",
    "an envelope without rpc": { channel: "5.0.D1" },
    "a response that is none": { channel: "5.0.D1", rpc: { jsonrpc: "2.0", id: 1 } },
    "an error that is none": { channel: "5.0.D1", rpc: { jsonrpc: "2.0", id: 1, error: "no" } },
    "another JSON-RPC": { channel: "5.0.D1", rpc: { id: 1, result: {} } },
    "the report of a broken frame": { channel: "", rpc: { jsonrpc: "2.0", id: null, error: { code: -32700, message: "not JSON" } } },
  })) {
    test(`${name} ends the port, and everybody is told`, () => {
      const browser = new FakeBrowser();
      const port = browser.document();
      port.say(call(1, true));
      port.take();
      browser.native.say(m);
      assert.equal(browser.native.open, false);
      assert.deepEqual(port.take(), [unreachable(1), unreachable(null)]);
    });
  }
});

describe("the native port", () => {
  test("is shared by all documents", () => {
    const browser = new FakeBrowser();
    browser.document().say(call(1, true));
    browser.document({ documentId: "D2", tab: { id: 6 } }).say(call(1, true));
    assert.equal(browser.natives.length, 1);
  });

  test("that dies is reported to every open request of every document", () => {
    const browser = new FakeBrowser();
    const one = browser.document();
    const two = browser.document({ documentId: "D2" });
    one.say(call(1, true));
    one.say(call("a", true));
    two.say(call(1, true));
    browser.native.say({ channel: "5.0.D1", rpc: { jsonrpc: "2.0", id: 1, result: {} } });
    one.take();
    two.take();
    browser.native.die();
    assert.deepEqual(one.take(), [unreachable("a"), unreachable(null)]);
    assert.deepEqual(two.take(), [unreachable(1), unreachable(null)]);
  });

  test("that dies does not keep others from hearing when one document has just closed", () => {
    const browser = new FakeBrowser();
    const one = browser.document();
    const two = browser.document({ documentId: "D2" });
    one.say(call(1, true));
    two.say(call(1, true));
    two.take();
    one.open = false; // its onDisconnect is still on the way
    browser.native.die();
    assert.deepEqual(two.take(), [unreachable(1), unreachable(null)]);
  });

  test("that cannot be opened is reported to the one who spoke during a click", () => {
    const browser = new FakeBrowser();
    browser.missing = true;
    const port = browser.document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [accepted(1), unreachable(1), unreachable(null)]);
  });

  test("is opened again by the next message", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true));
    browser.native.die();
    port.take();
    port.say(call(2));
    assert.equal(browser.natives.length, 2);
    assert.deepEqual(browser.native.take(), [frame(2)]);
    assert.deepEqual(port.take(), [accepted(2)]);
  });

  test("that died has nothing more to say", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true));
    const dead = browser.native;
    dead.die();
    port.say(call(2));
    port.take();
    dead.say({ channel: "5.0.D1", rpc: { jsonrpc: "2.0", id: 2, result: {} } });
    dead.onDisconnect.fire();
    assert.deepEqual(port.take(), []);
    assert.equal(browser.native.open, true);
  });

  test("hears of a document that goes away, and closes after the last", () => {
    const browser = new FakeBrowser();
    const one = browser.document();
    const two = browser.document({ documentId: "D2" });
    one.say(call(1, true));
    two.say(call(1, true));
    browser.native.take();
    one.die();
    assert.deepEqual(browser.native.take(), [{ channel: "5.0.D1", closed: true }]);
    assert.equal(browser.native.open, true);
    two.die();
    assert.deepEqual(browser.native.take(), [{ channel: "5.0.D2", closed: true }]);
    assert.equal(browser.native.open, false);
  });

  test("is not opened only to say that a document has gone", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true));
    browser.native.die();
    port.die();
    browser.document({ documentId: "D3" }).die();
    assert.equal(browser.natives.length, 1);
  });

  test("hears that the old channel closed before a document from the back/forward cache speaks on it again", () => {
    const browser = new FakeBrowser();
    const before = browser.document();
    before.say(call(1, true));
    browser.native.take();
    const after = browser.document();
    after.say(call(2, true));
    before.say(call(3, true));
    before.die();
    assert.deepEqual(browser.natives.flatMap((n) => n.take()), [{ channel: "5.0.D1", closed: true }, frame(2)]);
    browser.native.say({ channel: "5.0.D1", rpc: { jsonrpc: "2.0", id: 2, result: {} } });
    assert.deepEqual(after.take(), [accepted(2), reply({ id: 2, result: {} })]);
  });
});

describe("the popup", () => {
  const advice = { mood: "bad", title: "PIN bloccato", cause: "Tre volte sbagliato.", next: "Sbloccalo.", where: "In Toscana: ASL.", notes: ["Scade."] };
  const status = { bridge: "0.1.0", language: "it", advice };

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
