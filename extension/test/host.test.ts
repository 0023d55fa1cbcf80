// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accepted, call, failed, FakeBrowser, frame, invalid, reply, unreachable } from "./fakes";

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
