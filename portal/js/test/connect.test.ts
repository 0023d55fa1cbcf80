// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, PonteError } from "../src/index";
import { client, codeOf, failed, FakePage, FakeSocket, hello, origin, outcome, pass, settle, started } from "./fakes";

/** No extension: wait until the second door is tried, and give its first socket. */
async function second(): Promise<FakeSocket> {
  await settle();
  await pass(600);
  return socket(0);
}

function socket(n: number): FakeSocket {
  const made = FakeSocket.made[n];
  assert.ok(made, `no attempt ${n}`);
  return made;
}

async function allFail(): Promise<void> {
  for (let n = 0; n < 4; n++) {
    await socket(n).fails();
  }
}

describe("a frame", () => {
  for (const [name, origins] of Object.entries({
    "in a page of another site": [undefined],
    "in a frame of its own site in a page of another": [origin, undefined],
    "in a frame of another site in a page of its own": [undefined, origin],
    "in a page that has become of another port": [`${origin}:8443`], // by document.domain
  })) {
    test(`${name} is denied at once, and asks nobody`, async () => {
      const page = new FakePage();
      page.within(...origins);
      page.permission = "denied"; // as Chromium tells such frames
      const error = (await outcome(connect({ client }))) as { error: PonteError };
      assert.equal(error.error.code, "ORIGIN_DENIED");
      assert.match(error.error.hint, /scheda/);
      assert.deepEqual([page.posted, FakeSocket.made], [[], []]);
    });
  }

  test("in pages of its own site alone may call", async () => {
    const page = new FakePage();
    page.within(origin, origin);
    const connecting = started(connect({ client }));
    await page.answers({ result: hello });
    assert.equal((await connecting).door, "extension");
  });
});

describe("the extension", () => {
  test("is asked within the click, and for this origin alone", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    assert.deepEqual(page.posted.map(({ target }) => target), [origin]);
    assert.equal(page.last.method, "bridge.hello");
    assert.deepEqual(page.last.params, { protocol: 1, client });
    await page.answers(failed("ORIGIN_DENIED", false));
    await codeOf(connecting);
  });

  test("that accepts is waited for, and the second door stays shut", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    await page.accepts();
    await pass(9_000);
    await page.answers({ result: hello });
    const ponte = await connecting;
    assert.equal(ponte.door, "extension");
    assert.equal(ponte.bridge, "0.1.0");
    assert.deepEqual(FakeSocket.made, []);
  });

  test("is not played by another window, another origin or another request's answer", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    const rpc = { jsonrpc: "2.0", id: page.last.id, result: hello };
    await page.says({ ponte: "message", rpc }, { source: {} });
    await page.says({ ponte: "message", rpc }, { origin: "https://other.example" });
    await page.says({ ponte: "message", rpc: { ...rpc, id: "other" } });
    await page.says({ ponte: "request", rpc });
    await page.says("garbage");
    assert.equal(await outcome(connecting), "pending");
    await page.answers({ result: hello });
    assert.equal((await connecting).door, "extension");
  });

  test("that refuses the site ends the attempt", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    await page.answers(failed("ORIGIN_DENIED", false));
    assert.equal(await codeOf(connecting), "ORIGIN_DENIED");
    assert.deepEqual(FakeSocket.made, []);
  });

  test("that finds no agent leaves a chance to the second door", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    await page.accepts();
    await page.answers(failed("BRIDGE_UNREACHABLE"));
    await socket(0).opens();
    await socket(0).answers({ result: hello });
    assert.equal((await connecting).door, "websocket");
  });

  test("that finds no agent says so when the second door is shut too", async () => {
    const page = new FakePage();
    page.permission = "denied";
    const connecting = started(connect({ client }));
    await page.answers(failed("BRIDGE_UNREACHABLE"));
    await allFail();
    assert.equal(await codeOf(connecting), "BRIDGE_UNREACHABLE");
  });

  test("that accepts and never answers is given up after the answer's time", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    await page.accepts();
    await pass(10_000);
    await allFail();
    assert.equal(await codeOf(connecting), "BRIDGE_UNREACHABLE");
    assert.equal(page.listening, 0);
  });

  test("of another protocol is refused", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    await page.answers({ result: { ...hello, protocol: 2 } });
    assert.equal(await codeOf(connecting), "VERSION_MISMATCH");
  });

  test("whose hello is no hello gives INTERNAL", async () => {
    const page = new FakePage();
    const connecting = started(connect({ client }));
    await page.answers({ result: { protocol: 1 } });
    assert.equal(await codeOf(connecting), "INTERNAL");
  });
});

describe("the WebSocket", () => {
  test("is tried after 600 ms of silence, with the subprotocol", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await settle();
    await pass(599);
    assert.deepEqual(FakeSocket.made, []);
    await pass(1);
    assert.equal(socket(0).url, "ws://127.0.0.1:24880/v1");
    assert.equal(socket(0).wanted, "ponte.v1");
    await socket(0).opens();
    await socket(0).answers({ result: hello });
    assert.equal((await connecting).door, "websocket");
  });

  test("is tried on four ports, one after the other", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await second();
    for (let n = 0; n < 4; n++) {
      assert.equal(FakeSocket.made.length, n + 1);
      await socket(n).fails();
    }
    assert.deepEqual(FakeSocket.made.map(({ url }) => new URL(url).port), ["24880", "24881", "24882", "24883"]);
    assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
  });

  test("of somebody else, without our subprotocol, is left alone", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await (await second()).opens("");
    assert.equal(socket(0).closed, true);
    assert.deepEqual(socket(0).sent, []);
    for (let n = 1; n < 4; n++) {
      await socket(n).fails();
    }
    assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
  });

  test("that a dialog holds for a minute is waited for", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await second();
    await pass(60_000);
    assert.equal(FakeSocket.made.length, 1);
    await socket(0).opens();
    await socket(0).answers({ result: hello });
    assert.equal((await connecting).door, "websocket");
  });

  test("that was held and refused is not tried on the next port, which would ask again", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await second();
    await pass(5_000);
    await socket(0).fails();
    assert.equal(FakeSocket.made.length, 1);
    assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
  });

  test("that is held for ever is given up after 90 s", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await second();
    await pass(90_000);
    assert.equal(socket(0).closed, true);
    assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
  });

  test("is opened once at a time, also by two clicks", async () => {
    new FakePage();
    const one = started(connect({ client }));
    const two = started(connect({ client }));
    await second();
    assert.equal(FakeSocket.made.length, 1);
    await socket(0).opens();
    await socket(0).answers({ result: hello });
    assert.equal((await one).door, "websocket");
    assert.equal(FakeSocket.made.length, 2);
    await socket(1).opens();
    await socket(1).answers({ result: hello });
    assert.equal((await two).door, "websocket");
  });

  test("that the page's own policy forbids counts as failed", async () => {
    new FakePage();
    FakeSocket.forbidden = true;
    const connecting = started(connect({ client }));
    await settle();
    await pass(600);
    assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
  });

  test("of which the browser says an error and never that it closed counts as failed", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await second();
    for (let n = 0; n < 4; n++) {
      socket(n).onerror?.();
      await settle();
    }
    assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
  });

  test("that answers nothing to the hello is given up", async () => {
    new FakePage();
    const connecting = started(connect({ client }));
    await (await second()).opens();
    await pass(10_000);
    assert.equal(await codeOf(connecting), "BRIDGE_UNREACHABLE");
    assert.equal(socket(0).closed, true);
  });
});

describe("a browser that guards loopback", () => {
  for (const [permission, wait, code] of [
    ["denied", 0, "LOCAL_NETWORK_BLOCKED"],
    ["prompt", 5_000, "LOCAL_NETWORK_BLOCKED"],
    ["prompt", 90_000, "LOCAL_NETWORK_BLOCKED"],
    ["prompt", 0, "EXTENSION_MISSING"],
    ["granted", 5_000, "EXTENSION_MISSING"],
  ] as const) {
    test(`gives ${code} when its permission is ${permission} and the socket failed after ${wait} ms`, async () => {
      const page = new FakePage();
      page.permission = permission;
      const connecting = started(connect({ client }));
      await second();
      await pass(wait);
      for (let n = 0; n < FakeSocket.made.length; n++) {
        await socket(n).fails();
      }
      assert.equal(await codeOf(connecting), code);
    });
  }
});

describe("a signal", () => {
  test("that was aborted before sends nothing", async () => {
    const page = new FakePage();
    assert.equal(await codeOf(connect({ client, signal: AbortSignal.abort() })), "USER_CANCELLED");
    assert.deepEqual(page.posted, []);
  });

  test("that aborts ends the attempt on the WebSocket", async () => {
    new FakePage();
    const control = new AbortController();
    const connecting = started(connect({ client, signal: control.signal }));
    await second();
    control.abort();
    assert.equal(await codeOf(connecting), "USER_CANCELLED");
    assert.equal(socket(0).closed, true);
    assert.equal(FakeSocket.made.length, 1);
  });
});

test("a dialog of the agent that was refused is not laid at Firefox's door", async () => {
  const page = new FakePage({ chromium: false });
  page.permission = "prompt";
  const connecting = started(connect({ client }));
  await second();
  await pass(5_000);
  await socket(0).fails();
  assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
});

test("an error has a hint in the language of the page, or in the one asked for", async () => {
  new FakePage();
  for (const [lang, words] of [[undefined, /serve Ponte/], ["en", /you need Ponte/], ["de", /brauchen Sie Ponte/]] as const) {
    FakeSocket.made = [];
    const connecting = started(connect({ client, ...(lang && { lang }) }));
    await second();
    await allFail();
    const result = await outcome(connecting);
    assert.ok(result !== "pending" && result.error instanceof PonteError);
    assert.match(result.error.hint, words);
    assert.equal(result.error.retry, false);
  }
});
