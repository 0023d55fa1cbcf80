// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, PonteError, type Ponte } from "../src/index";
import { client, codeOf, failed, FakePage, FakeSocket, hello, noCard, nonce, outcome, pass, ready, settle, started, token } from "./fakes";

async function byExtension(): Promise<{ page: FakePage; ponte: Ponte }> {
  const page = new FakePage();
  const connecting = started(connect({ client }));
  await page.answers({ result: hello });
  return { page, ponte: await connecting };
}

async function bySocket(): Promise<{ socket: FakeSocket; ponte: Ponte }> {
  new FakePage();
  const connecting = started(connect({ client }));
  await settle();
  await pass(600);
  const socket = FakeSocket.made[0];
  assert.ok(socket);
  await socket.opens();
  await socket.answers({ result: hello });
  return { socket, ponte: await connecting };
}

async function watching(): Promise<{ page: FakePage; ponte: Ponte; heard: string[] }> {
  const { page, ponte } = await byExtension();
  const heard: string[] = [];
  ponte.on("removed", ({ state }) => heard.push(`removed ${state}`));
  ponte.on("lost", ({ code }) => heard.push(`lost ${code}`));
  const watch = started(ponte.watch(({ state }) => heard.push(state)));
  await page.answers({ result: ready });
  await watch;
  return { page, ponte, heard };
}

describe("login", () => {
  test("gives the token as the agent made it", async () => {
    const { page, ponte } = await byExtension();
    const login = started(ponte.login(nonce, { lang: "de", timeoutMs: 20_000 }));
    assert.equal(page.last.method, "auth.login");
    assert.deepEqual(page.last.params, { challengeNonce: nonce, lang: "de", timeoutMs: 20_000 });
    await page.accepts();
    await page.answers({ result: token });
    assert.deepEqual(await login, token);
  });

  test("through the WebSocket gives the same", async () => {
    const { socket, ponte } = await bySocket();
    const login = started(ponte.login(nonce));
    assert.deepEqual(socket.sent.at(-1)?.params, { challengeNonce: nonce });
    await socket.answers({ result: token });
    assert.deepEqual(await login, token);
  });

  test("fails with the agent's code, retry and hint", async () => {
    const { page, ponte } = await byExtension();
    const login = started(ponte.login(nonce));
    await page.answers(failed("PIN_BLOCKED", false));
    const result = await outcome(login);
    assert.ok(result !== "pending" && result.error instanceof PonteError);
    const { code, retry, hint } = result.error;
    assert.deepEqual([code, retry, hint], ["PIN_BLOCKED", false, "in italiano"]);
  });

  test("fails with INTERNAL and the agent's hint for a code that is newer than this library", async () => {
    const { page, ponte } = await byExtension();
    for (const code of ["TOMORROWS_CODE", "toString"]) {
      const login = started(ponte.login(nonce));
      await page.answers(failed(code));
      const result = await outcome(login);
      assert.ok(result !== "pending" && result.error instanceof PonteError);
      assert.equal(result.error.code, "INTERNAL");
      assert.equal(result.error.hint, "in italiano");
      assert.match(result.error.message, new RegExp(code));
    }
  });

  test("fails with INTERNAL when the answer is no token or no error", async () => {
    const { page, ponte } = await byExtension();
    for (const answer of [{}, { result: null }, { result: { ...token, signature: 7 } }, { error: "no" }, { error: { code: 1, message: "x" } }, { error: null }]) {
      const login = started(ponte.login(nonce));
      await page.answers(answer);
      assert.equal(await codeOf(login), "INTERNAL", JSON.stringify(answer));
    }
  });

  test("cancelled by a signal tells the agent, and does not wait for it", async () => {
    const { page, ponte } = await byExtension();
    const control = new AbortController();
    const login = started(ponte.login(nonce, { signal: control.signal }));
    const asked = page.last;
    await page.accepts();
    control.abort();
    assert.equal(await codeOf(login), "USER_CANCELLED");
    assert.equal(page.last.method, "request.cancel");
    assert.deepEqual(page.last.params, { id: asked.id });
    assert.notEqual(page.last.id, asked.id);
  });

  test("with a signal that was aborted before asks nothing", async () => {
    const { page, ponte } = await byExtension();
    const before = page.posted.length;
    assert.equal(await codeOf(ponte.login(nonce, { signal: AbortSignal.abort() })), "USER_CANCELLED");
    assert.equal(page.posted.length, before);
  });

  test("outlasts the agent's own time, but not for ever", async () => {
    const { page, ponte } = await byExtension();
    const login = started(ponte.login(nonce, { timeoutMs: 30_000 }));
    await page.accepts();
    await pass(34_999);
    assert.equal(await outcome(login), "pending");
    await pass(1);
    assert.equal(await codeOf(login), "BRIDGE_UNREACHABLE");
    assert.equal(page.last.method, "request.cancel");
  });

  test("fails soon when the extension has gone from the page", async () => {
    const { ponte } = await byExtension();
    const login = started(ponte.login(nonce));
    await pass(5_000);
    assert.equal(await codeOf(login), "EXTENSION_MISSING");
  });

  test("fails when the WebSocket closes, and so does every later call", async () => {
    const { socket, ponte } = await bySocket();
    const login = started(ponte.login(nonce));
    await socket.fails();
    assert.equal(await codeOf(login), "BRIDGE_UNREACHABLE");
    assert.equal(await codeOf(ponte.status()), "BRIDGE_UNREACHABLE");
  });

  test("fails when the page is left", async () => {
    const { page, ponte } = await byExtension();
    const login = started(ponte.login(nonce));
    await page.accepts();
    await page.fire("pageshow", { persisted: false });
    assert.equal(await outcome(login), "pending");
    await page.fire("pagehide", { persisted: true });
    assert.equal(await codeOf(login), "USER_CANCELLED");
  });
});

test("what the page asks when it comes back from the back/forward cache is not lost", async () => {
  const page = new FakePage();
  let asked: Promise<unknown> | undefined;
  addEventListener("pageshow", () => { asked = started(ponte.status()); });
  const connecting = started(connect({ client }));
  await page.answers({ result: hello });
  const ponte = await connecting;
  await page.fire("pageshow", { persisted: true });
  await page.answers({ result: ready });
  assert.deepEqual(await asked, ready);
});

describe("status", () => {
  test("is what the agent says, or INTERNAL when that is no status", async () => {
    const { page, ponte } = await byExtension();
    const good = started(ponte.status());
    await page.answers({ result: noCard });
    assert.deepEqual(await good, noCard);
    for (const result of [null, {}, { ...ready, state: "asleep" }, { ...ready, pin: null }, { ...ready, expiresInDays: "7" }, [ready]]) {
      const bad = started(ponte.status());
      await page.answers({ result });
      assert.equal(await codeOf(bad), "INTERNAL", JSON.stringify(result));
    }
  });

  test("is given up after 10 s", async () => {
    const { page, ponte } = await byExtension();
    const status = started(ponte.status());
    await page.accepts();
    await pass(10_000);
    assert.equal(await codeOf(status), "BRIDGE_UNREACHABLE");
  });

  test("over the WebSocket survives messages that are none", async () => {
    const { socket, ponte } = await bySocket();
    const status = started(ponte.status());
    const asked = socket.sent.at(-1);
    for (const text of ["", "{", "[]", "null", "7", new ArrayBuffer(4)]) {
      await socket.says(text);
    }
    await socket.says({ jsonrpc: "2.0", id: asked?.id, result: ready });
    assert.deepEqual(await status, ready);
  });
});

describe("watch", () => {
  test("tells the status of now and every later one", async () => {
    const { page, heard } = await watching();
    await page.changes(noCard);
    await page.changes({ state: "asleep" });
    assert.deepEqual(heard, ["ready", "no-card", "removed no-card"]);
  });

  test("tells of a removal once, and only of a card that was ready", async () => {
    const { page, heard } = await watching();
    await page.changes(noCard);
    await page.changes({ ...noCard, state: "no-reader" });
    await page.changes({ ...noCard, state: "unknown" });
    await page.changes(ready);
    await page.changes({ ...noCard, state: "no-reader" });
    assert.deepEqual(heard.filter((what) => what.startsWith("removed")), ["removed no-card", "removed no-reader"]);
  });

  test("says nothing before it is asked for, and nothing after unwatch", async () => {
    const { page, ponte } = await byExtension();
    const heard: string[] = [];
    ponte.on("changed", ({ state }) => heard.push(state));
    await page.changes(ready);
    const watch = started(ponte.watch());
    await page.answers({ result: ready });
    await watch;
    const unwatch = started(ponte.unwatch());
    await page.answers({ result: {} });
    await unwatch;
    await page.changes(noCard);
    assert.deepEqual(heard, ["ready"]);
  });

  test("stops calling a listener that has been taken off", async () => {
    const { page, ponte } = await byExtension();
    const heard: string[] = [];
    const stop = ponte.on("changed", ({ state }) => heard.push(state));
    const watch = started(ponte.watch());
    await page.answers({ result: ready });
    await watch;
    stop();
    await page.changes(noCard);
    assert.deepEqual(heard, ["ready"]);
  });

  test("is renewed when the agent died, and a card that went meanwhile is told", async () => {
    const { page, heard } = await watching();
    await page.loses();
    assert.equal(page.last.method, "card.watch");
    await page.answers({ result: noCard });
    assert.deepEqual(heard, ["ready", "no-card", "removed no-card"]);
  });

  test("is told to be lost when it cannot be renewed, and is not tried for ever", async () => {
    const { page, heard } = await watching();
    await page.loses();
    await page.answers(failed("BRIDGE_UNREACHABLE"));
    const asked = page.posted.length;
    await page.loses();
    assert.deepEqual(heard, ["ready", "lost BRIDGE_UNREACHABLE"]);
    assert.equal(page.posted.length, asked);
  });

  test("is renewed in a page from the back/forward cache", async () => {
    const { page, heard } = await watching();
    await page.fire("pagehide", { persisted: true });
    await page.fire("pageshow", { persisted: true });
    await page.answers({ result: ready });
    assert.deepEqual(heard, ["ready", "ready"]);
  });

  test("is lost with the WebSocket", async () => {
    const { socket, ponte } = await bySocket();
    const heard: string[] = [];
    ponte.on("lost", ({ code }) => heard.push(code));
    const watch = started(ponte.watch());
    await socket.answers({ result: ready });
    await watch;
    await socket.fails();
    assert.deepEqual(heard, ["BRIDGE_UNREACHABLE"]);
  });
});

describe("close", () => {
  test("cancels what is open, ends the watch, and leaves nothing on the page", async () => {
    const { page, ponte } = await watching();
    const login = started(ponte.login(nonce));
    const asked = page.last;
    ponte.close();
    assert.equal(await codeOf(login), "USER_CANCELLED");
    assert.deepEqual(page.requests.slice(-2).map(({ method }) => method), ["request.cancel", "card.unwatch"]);
    assert.deepEqual(page.requests.at(-2)?.params, { id: asked.id });
    assert.equal(page.listening, 0);
    assert.equal(await codeOf(ponte.status()), "BRIDGE_UNREACHABLE");
  });

  test("closes the WebSocket", async () => {
    const { socket, ponte } = await bySocket();
    ponte.close();
    assert.equal(socket.closed, true);
  });
});

test("two clients in one page do not answer for each other", async () => {
  const { page, ponte } = await byExtension();
  const connecting = started(connect({ client }));
  await page.answers({ result: hello });
  const other = await connecting;
  const mine = started(ponte.status());
  const asked = page.last;
  const theirs = started(other.status());
  assert.notEqual(page.last.id.split("-")[0], asked.id.split("-")[0]);
  await page.answers({ result: noCard }, asked);
  assert.deepEqual(await mine, noCard);
  await page.answers({ result: ready });
  assert.deepEqual(await theirs, ready);
});
