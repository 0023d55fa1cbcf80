// SPDX-License-Identifier: EUPL-1.2

// What the administrator has set for the extension in a browser, and the time before the browser tells it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accepted, call, FakeBrowser, FakeStorage, portal, reply, texts } from "./fakes";

const other = "https://other.example";
const denied = (id: number): unknown => reply({
  id, error: { code: -32000, message: "this site may not ask", data: { code: "ORIGIN_DENIED", retry: false, hint: texts("it").notListed?.message } },
});
const settled = async (): Promise<void> => new Promise((done) => { setImmediate(done); });

describe("a site that the administrator has left out", () => {
  test("is refused at a click, and nothing of it reaches the host", () => {
    const browser = new FakeBrowser();
    browser.storage.tell({ sites: [other] });
    const port = browser.document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [denied(1)]);
    assert.equal(browser.natives.length, 0);
  });

  test("is refused in silence without a click", () => {
    const browser = new FakeBrowser();
    browser.storage.tell({ sites: [other] });
    const port = browser.document();
    port.say(call(1));
    assert.deepEqual(port.take(), []);
    assert.equal(browser.natives.length, 0);
  });

  for (const [name, sites] of Object.entries({
    "no site": [],
    "a look-alike": ["https://portal.example.attacker.example", "https://a.portal.example", "http://portal.example", "https://portal.example:8443"],
    "a pattern": ["https://*", "https://*.example", "*"],
    "what is no origin": ["portal.example", "https://portal.example/", "", null, 7, {}],
    "a text in the place of a list": portal,
    "an object in the place of a list": { [portal]: true },
    "it in the place 1001": [...Array<string>(1000).fill(other), portal],
  })) {
    test(`is refused when the list names ${name}`, () => {
      const browser = new FakeBrowser();
      browser.storage.tell({ sites });
      const port = browser.document();
      port.say(call(1, true));
      assert.deepEqual(port.take(), [denied(1)]);
    });
  }

  test("loses what it has open at once, and its channel is closed", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [accepted(1)]);
    browser.native.take();
    browser.storage.tell({ sites: [other] });
    assert.deepEqual(port.take(), [denied(1)]);
    assert.deepEqual(browser.native.take(), [{ channel: "5.0.D1", closed: true }]);
    assert.equal(browser.native.open, false);
    port.say(call(2, true));
    assert.deepEqual(port.take(), [denied(2)]);
    assert.equal(browser.natives.length, 1);
  });

  test("is not admitted by an answer that comes after the list", () => {
    const browser = new FakeBrowser();
    const guest = browser.popup(); // keeps the host
    guest.say({});
    const port = browser.document();
    port.say(call(1));
    const [, asked] = browser.native.take() as { rpc: { id: number } }[];
    browser.storage.tell({ sites: [other] });
    browser.native.say({ channel: "extension", rpc: { jsonrpc: "2.0", id: asked?.rpc.id, result: { known: true } } });
    assert.deepEqual(port.take(), []);
    assert.deepEqual(browser.native.take(), []);
  });
});

describe("a site that is on the list", () => {
  for (const site of [portal, "https://PORTAL.example", "https://portal.example:443"]) {
    test(`is let through as ${site}`, () => {
      const browser = new FakeBrowser();
      browser.storage.tell({ sites: [other, site] });
      const port = browser.document();
      port.say(call(1, true));
      assert.deepEqual(port.take(), [accepted(1)]);
    });
  }

  test("keeps what it has open when the list comes", () => {
    const browser = new FakeBrowser();
    const port = browser.document();
    port.say(call(1, true));
    browser.storage.tell({ sites: [portal] });
    assert.deepEqual(port.take(), [accepted(1)]);
    assert.equal(browser.native.open, true);
  });

  test("is let through as soon as the administrator puts it there", () => {
    const browser = new FakeBrowser();
    browser.storage.tell({ sites: [other] });
    const port = browser.document();
    port.say(call(1, true));
    port.take();
    browser.storage.onChanged.fire({}, "managed");
    browser.storage.tell({ sites: [portal] });
    port.say(call(2, true));
    assert.deepEqual(port.take(), [accepted(2)]);
  });
});

describe("before the browser tells what is set", () => {
  test("no page waits: what nobody ever set refuses nobody", () => {
    const port = new FakeBrowser().document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [accepted(1)]);
  });

  test("the list of the last time holds", () => {
    const browser = new FakeBrowser(new FakeStorage({ managed: { sites: [other] } }));
    const port = browser.document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [denied(1)]);
    browser.document({ origin: other, documentId: "D2" }).say(call(1, true));
    assert.equal(browser.natives.length, 1);
  });

  test("a list on disk that cannot be read as one names no site", () => {
    const port = new FakeBrowser(new FakeStorage({ managed: { sites: "all" } })).document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [denied(1)]);
  });

  test("messages keep their order while the disk is read", () => {
    const browser = new FakeBrowser(new FakeStorage({}, true));
    const port = browser.document();
    port.say(call(1, true));
    port.say(call(2));
    assert.deepEqual(port.take(), []);
    browser.storage.read();
    port.say(call(3));
    assert.deepEqual(port.take(), [accepted(1), accepted(2), accepted(3)]);
  });

  test("a document that goes while the disk is read opens nothing", () => {
    const browser = new FakeBrowser(new FakeStorage({}, true));
    const port = browser.document();
    port.say(call(1, true));
    port.die();
    browser.storage.read();
    assert.equal(browser.natives.length, 0);
  });
});

describe("what was set", () => {
  test("is kept for the next start, without what means nothing", async () => {
    const { storage } = new FakeBrowser();
    storage.tell({ sites: [portal, "nonsense"], language: "de", more: 1 });
    await settled();
    assert.deepEqual(storage.disk, { managed: { sites: [portal], language: "de" } });
  });

  test("is forgotten when the administrator takes it back", async () => {
    const browser = new FakeBrowser(new FakeStorage({ managed: { sites: [other] } }));
    browser.storage.tell({});
    await settled();
    assert.deepEqual(browser.storage.disk, { managed: {} });
    const port = browser.document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [accepted(1)]);
  });

  test("is forgotten when Firefox says that there is no manifest any more", async () => {
    const { storage } = new FakeBrowser(new FakeStorage({ managed: { sites: [other] } }));
    storage.tell("Managed storage manifest not found");
    await settled();
    assert.deepEqual(storage.disk, { managed: {} });
  });

  test("still holds when the browser fails to tell", async () => {
    const browser = new FakeBrowser(new FakeStorage({ managed: { sites: [other] } }));
    browser.storage.tell("An unexpected error occurred");
    await settled();
    assert.deepEqual(browser.storage.disk, { managed: { sites: [other] } });
    const port = browser.document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [denied(1)]);
  });

  test("is what the browser tells, also when the disk is slower", () => {
    const browser = new FakeBrowser(new FakeStorage({ managed: { sites: [other] } }, true));
    browser.storage.tell({ sites: [portal] });
    browser.storage.read();
    const port = browser.document();
    port.say(call(1, true));
    assert.deepEqual(port.take(), [accepted(1)]);
  });

  test("nothing is written where nothing was ever set", async () => {
    const { storage } = new FakeBrowser();
    storage.tell({});
    await settled();
    assert.deepEqual(storage.disk, {});
  });
});
