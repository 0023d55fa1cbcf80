// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runLogin, ServerError, type Result, type Step } from "../src/login-flow";
import { codeOf, failed, FakePage, hello, noCard, nonce, outcome, pass, ready, settle, started, token } from "./fakes";

interface Asked {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: unknown;
}

/** The portal's server: answers in turn; "silent" never answers. */
class FakeServer {
  readonly asked: Asked[] = [];
  constructor(readonly answers: (readonly [status: number, body: unknown] | "silent" | "down")[]) {
    const value = async (url: string, { method = "GET", headers, body, signal }: RequestInit): Promise<unknown> => {
      this.asked.push({ url, method, headers: { ...(headers as Record<string, string>) }, body: typeof body === "string" ? JSON.parse(body) as unknown : undefined });
      const answer = this.answers.shift() ?? "down";
      if (answer === "silent") {
        return new Promise((_, reject) => { signal?.addEventListener("abort", () => { reject(new Error("AbortError")); }); });
      }
      if (answer === "down") {
        throw new TypeError("NetworkError");
      }
      const [status, text] = answer;
      return Promise.resolve({ status, ok: status < 300, text: async () => Promise.resolve(typeof text === "string" ? text : JSON.stringify(text)) });
    };
    Object.defineProperty(globalThis, "fetch", { value, configurable: true, writable: true });
  }
}

interface Run {
  page: FakePage;
  server: FakeServer;
  steps: Step[];
  control: AbortController;
  login: Promise<Result>;
}

function run(answers: FakeServer["answers"], more: { loginUrl?: string | undefined; headers?: Record<string, string> } = {}): Run {
  const page = new FakePage();
  const server = new FakeServer(answers);
  const steps: Step[] = [];
  const control = new AbortController();
  const login = started(runLogin({
    challengeUrl: "/auth/challenge", loginUrl: "/auth/login", headers: {}, lang: "it", ...more,
    signal: control.signal, onStep: (step) => steps.push(step),
  }));
  return { page, server, steps, control, login };
}

/** Until the agent is asked for the token. */
async function toThePIN({ page }: Run): Promise<void> {
  await page.answers({ result: hello });
  await page.answers({ result: ready });
  await settle();
  assert.equal(page.last.method, "auth.login");
}

async function refused(login: Promise<unknown>): Promise<ServerError> {
  const result = await outcome(login);
  assert.ok(result !== "pending" && result.error instanceof ServerError, "a ServerError");
  return result.error;
}

describe("the portal's server", () => {
  test("that gives no nonce ends the login before any PIN", async () => {
    for (const answer of [{}, [], null, "<html>", { nonce: 7 }]) {
      const r = run([[200, answer]]);
      await r.page.answers({ result: hello });
      await r.page.answers({ result: ready });
      assert.equal((await refused(r.login)).code, "SERVER_REFUSED");
      assert.ok(!r.page.requests.some(({ method }) => method === "auth.login"));
    }
  });

  test("that is down or silent ends the login, and may be tried again", async () => {
    for (const [answer, wait] of [["down", 0], ["silent", 20_000]] as const) {
      const r = run([answer]);
      await r.page.answers({ result: hello });
      await r.page.answers({ result: ready });
      await pass(wait);
      const error = await refused(r.login);
      assert.deepEqual([error.code, error.retry, error.status], ["SERVER_UNREACHABLE", true, 0], answer);
    }
  });

  test("that refuses the token is quoted", async () => {
    const problem = { type: "about:blank", title: "Tessera revocata", detail: "La tessera è stata revocata.", status: 403, code: "revoked" };
    for (const [answer, code, hint, retry] of [
      [[403, problem], "revoked", problem.detail, false],
      [[403, { ...problem, detail: undefined }], "revoked", problem.title, false],
      [[403, { ...problem, detail: "x".repeat(501), code: 7 }], "SERVER_REFUSED", "", false],
      [[403, "<html>Forbidden</html>"], "SERVER_REFUSED", "", false],
      [[429, {}], "SERVER_REFUSED", "", true],
      [[503, null], "SERVER_REFUSED", "", true],
    ] as const) {
      const r = run([[200, { nonce }], answer]);
      await toThePIN(r);
      await r.page.answers({ result: token });
      const error = await refused(r.login);
      assert.deepEqual([error.code, error.hint, error.retry], [code, hint, retry]);
      assert.equal(r.page.listening, 0, "the door is closed");
    }
  });

  test("whose challenge takes no GET is asked with a POST", async () => {
    const r = run([[405, ""], [200, { nonce }], [405, ""]]);
    await toThePIN(r);
    await r.page.answers({ result: token });
    assert.equal((await refused(r.login)).status, 405);
    assert.deepEqual(r.server.asked.map(({ method }) => method), ["GET", "POST", "POST"]);
  });

  test("gets the nonce with the token, JSON and the page's own headers", async () => {
    const r = run([[200, { challengeNonce: nonce }], [200, { next: "/profilo" }]], { headers: { "X-CSRF-TOKEN": "abc" } });
    await toThePIN(r);
    await r.page.answers({ result: token });
    assert.deepEqual(await r.login, { nonce, token, answer: { next: "/profilo" } });
    assert.deepEqual(r.server.asked[1]?.body, { nonce, token });
    assert.deepEqual(r.server.asked.map(({ method, headers }) => [method, headers["Content-Type"], headers["Accept-Language"], headers["X-CSRF-TOKEN"]]),
      [["GET", undefined, "it", "abc"], ["POST", "application/json", "it", "abc"]]);
    assert.deepEqual(r.steps, ["connecting", "pin", "verifying"]);
  });

  test("without a login address is not asked to log in: the page gets nonce and token", async () => {
    const r = run([[200, { nonce }]], { loginUrl: undefined });
    await toThePIN(r);
    await r.page.answers({ result: token });
    assert.deepEqual(await r.login, { nonce, token });
    assert.equal(r.server.asked.length, 1);
  });
});

describe("the card", () => {
  test("that is not there is waited for, and the nonce asked for after it", async () => {
    const r = run([[200, { nonce }], [200, {}]]);
    await r.page.answers({ result: hello });
    await r.page.answers({ result: { ...noCard, state: "no-reader", problem: null } });
    await r.page.changes({ ...noCard, problem: null });
    await r.page.changes({ ...noCard, state: "mute", problem: null });
    await r.page.changes(noCard); // an agent that names the problem too
    assert.deepEqual(r.server.asked, []);
    await r.page.changes(ready);
    await settle();
    await r.page.answers({ result: token });
    await r.login;
    assert.deepEqual(r.steps, ["connecting", "reader", "card", "turn", "card", "pin", "verifying"]);
  });

  test("that is pulled during the PIN does not bring the page back to waiting", async () => {
    const r = run([[200, { nonce }]]);
    await toThePIN(r);
    await r.page.changes(noCard);
    assert.deepEqual(r.steps, ["connecting", "pin"]);
    await r.page.answers(failed("CARD_REMOVED"));
    assert.equal(await codeOf(r.login), "CARD_REMOVED");
  });

  test("that a new site may not see is left to the login", async () => {
    const r = run([[200, { nonce }]]);
    await r.page.answers({ result: hello });
    await r.page.answers(failed("CONSENT_DENIED", false));
    await settle();
    assert.equal(r.page.last.method, "auth.login");
    await r.page.answers(failed("NO_CARD"));
    assert.equal(await codeOf(r.login), "NO_CARD");
  });

  test("that no waiting can mend is not waited for: the login tells it", async () => {
    for (const status of [{ ...ready, problem: "PIN_BLOCKED" }, { ...noCard, state: "no-reader", problem: "PCSC_UNAVAILABLE" }, { ...noCard, state: "unknown" }]) {
      const r = run([[200, { nonce }]]);
      await r.page.answers({ result: hello });
      await r.page.answers({ result: status });
      await settle();
      assert.equal(r.page.last.method, "auth.login");
    }
  });

  test("is not waited for when the agent dies", async () => {
    const r = run([]);
    await r.page.answers({ result: hello });
    await r.page.answers({ result: noCard });
    await r.page.loses();
    await r.page.answers(failed("BRIDGE_UNREACHABLE"));
    assert.equal(await codeOf(r.login), "BRIDGE_UNREACHABLE");
  });
});

describe("the citizen's cancel", () => {
  test("ends the waiting for a card", async () => {
    const r = run([]);
    await r.page.answers({ result: hello });
    await r.page.answers({ result: noCard });
    r.control.abort();
    assert.equal(await codeOf(r.login), "USER_CANCELLED");
    assert.equal(r.page.listening, 0);
  });

  test("closes the PIN dialog", async () => {
    const r = run([[200, { nonce }]]);
    await toThePIN(r);
    const asked = r.page.last;
    r.control.abort();
    assert.equal(await codeOf(r.login), "USER_CANCELLED");
    assert.ok(r.page.requests.some(({ method, params }) => method === "request.cancel" && (params as { id?: string }).id === asked.id));
  });

  test("is not taken for a server that is down", async () => {
    const r = run(["silent"]);
    await r.page.answers({ result: hello });
    await r.page.answers({ result: ready });
    r.control.abort();
    assert.equal(await codeOf(r.login), "USER_CANCELLED");
  });
});

test("a connection that a dialog holds is told after 2.5 s", async () => {
  const r = run([]);
  await pass(2_499);
  assert.deepEqual(r.steps, ["connecting"]);
  await pass(1);
  assert.deepEqual(r.steps, ["connecting", "permission"]);
  r.control.abort();
  await codeOf(r.login);
});
