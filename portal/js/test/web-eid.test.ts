// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as webeid from "../src/web-eid";
import { codeOf, failed, FakePage, FakeSocket, hello, nonce, outcome, pass, settle, started, token } from "./fakes";

async function errorOf(promise: Promise<unknown>): Promise<webeid.WebEidError> {
  const result = await outcome(promise);
  assert.ok(result !== "pending" && result.error instanceof webeid.WebEidError, "a WebEidError");
  return result.error;
}

/** The page whose extension has answered the hello of a call. */
async function greeted(page: FakePage): Promise<void> {
  await page.answers({ result: hello });
}

describe("authenticate", () => {
  test("without a nonce fails before anything is asked", async () => {
    const page = new FakePage();
    const error = await errorOf(started(webeid.authenticate("")));
    assert.equal(error.code, webeid.ErrorCode.ERR_WEBEID_MISSING_PARAMETER);
    assert.equal(error.name, "MissingParameterError");
    assert.deepEqual(page.posted, []);
  });

  test("a second time before the first has ended is refused", async () => {
    const page = new FakePage();
    const first = started(webeid.authenticate(nonce));
    assert.equal((await errorOf(started(webeid.authenticate(nonce)))).code, "ERR_WEBEID_ACTION_PENDING");
    await page.answers(failed("ORIGIN_DENIED", false));
    await codeOf(first);
  });

  for (const [ponte, web, name] of [
    ["USER_CANCELLED", "ERR_WEBEID_USER_CANCELLED", "UserCancelledError"],
    ["USER_TIMEOUT", "ERR_WEBEID_USER_TIMEOUT", "UserTimeoutError"],
    ["BRIDGE_UNREACHABLE", "ERR_WEBEID_NATIVE_UNAVAILABLE", "NativeUnavailableError"],
    ["INVALID_ARGUMENT", "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "NativeInvalidArgumentError"],
    ["BRIDGE_BUSY", "ERR_WEBEID_ACTION_PENDING", "ActionPendingError"],
    ["VERSION_MISMATCH", "ERR_WEBEID_VERSION_MISMATCH", "VersionMismatchError"],
    ["PIN_BLOCKED", "ERR_WEBEID_NATIVE_FATAL", "NativeFatalError"],
    ["NO_CARD", "ERR_WEBEID_NATIVE_FATAL", "NativeFatalError"],
  ] as const) {
    test(`tells ${ponte} as ${web}, and keeps the hint`, async () => {
      const page = new FakePage();
      const login = started(webeid.authenticate(nonce));
      await greeted(page);
      await page.answers(failed(ponte), page.requests[1]);
      const error = await errorOf(login);
      assert.deepEqual([error.code, error.name, error.ponteCode, error.hint], [web, name, ponte, "in italiano"]);
      assert.deepEqual(error.requiresUpdate, ponte === "VERSION_MISMATCH" ? { extension: false, nativeApp: true } : undefined);
    });
  }

  test("without extension and agent says that the extension is not there", async () => {
    new FakePage();
    const login = started(webeid.authenticate(nonce));
    await settle();
    await pass(600);
    for (const socket of [0, 1, 2, 3]) {
      await FakeSocket.made[socket]?.fails();
    }
    assert.equal((await errorOf(login)).code, "ERR_WEBEID_EXTENSION_UNAVAILABLE");
  });

  test("in a page that is not https is refused as Web eID refuses it", async () => {
    new FakePage();
    Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true, writable: true });
    assert.equal((await errorOf(started(webeid.authenticate(nonce)))).code, "ERR_WEBEID_CONTEXT_INSECURE");
  });

  test("gives the token, and closes the door", async () => {
    const page = new FakePage();
    const login = started(webeid.authenticate(nonce, { lang: "de-AT", userInteractionTimeout: 30_000 }));
    await greeted(page);
    assert.deepEqual(page.last.params, { challengeNonce: nonce, lang: "de", timeoutMs: 30_000 });
    await page.answers({ result: token });
    assert.deepEqual(await login, token);
    assert.equal(page.listening, 0);
  });

  test("moves options of Web eID that the agent does not know to what it knows", async () => {
    for (const [options, params] of [
      [{ lang: "et", userInteractionTimeout: 1 }, { challengeNonce: nonce, timeoutMs: 10_000 }],
      [{ userInteractionTimeout: 1e9 }, { challengeNonce: nonce, timeoutMs: 600_000 }],
      [undefined, { challengeNonce: nonce, timeoutMs: 120_000 }],
    ] as const) {
      const page = new FakePage();
      const login = started(webeid.authenticate(nonce, options));
      await greeted(page);
      assert.deepEqual(page.last.params, params);
      await page.answers({ result: token });
      await login;
    }
  });
});

describe("status", () => {
  test("outside a click opens no WebSocket, which would put a question to the citizen", async () => {
    new FakePage({ clicking: false });
    const status = started(webeid.status());
    await settle();
    await pass(600);
    const error = await errorOf(status);
    assert.equal(error.code, "ERR_WEBEID_EXTENSION_UNAVAILABLE");
    assert.match(error.library, /^\d+\.\d+\.\d+$/);
    assert.deepEqual(FakeSocket.made, []);
  });

  test("within a click tries the WebSocket too", async () => {
    new FakePage({ clicking: true });
    const status = started(webeid.status());
    await settle();
    await pass(600);
    await FakeSocket.made[0]?.opens();
    await FakeSocket.made[0]?.answers({ result: hello });
    assert.equal((await status).nativeApp, "0.1.0");
    assert.equal(FakeSocket.made[0]?.closed, true);
  });

  test("gives three versions", async () => {
    const page = new FakePage();
    const status = started(webeid.status());
    await greeted(page);
    assert.deepEqual(await status, { library: webeid.config.VERSION, extension: "0.1.0", nativeApp: "0.1.0" });
  });
});

describe("signing", () => {
  const algorithm = { cryptoAlgorithm: "RSA", hashFunction: "SHA-256", paddingScheme: "PKCS1.5" };

  test("with a parameter missing says which", async () => {
    new FakePage();
    const error = await errorOf(started(webeid.sign("MII", "", "SHA-256")));
    assert.equal(error.code, "ERR_WEBEID_MISSING_PARAMETER");
    assert.match(error.message, /hash$/);
  });

  test("by an agent that is too old fails with the code for that", async () => {
    const page = new FakePage();
    const asking = started(webeid.getSigningCertificate());
    await page.answers({ result: hello });
    assert.equal((await errorOf(asking)).code, "ERR_WEBEID_VERSION_MISMATCH");
  });

  test("gives the certificate, then the signature of a hash, as the agent made them", async () => {
    const page = new FakePage();
    const result = { certificate: "MII", supportedSignatureAlgorithms: [algorithm] };
    const asking = started(webeid.getSigningCertificate({ lang: "it-IT" }));
    await page.answers({ result: { ...hello, features: ["certificate.get", "sign.hash"] } });
    assert.deepEqual([page.last.method, page.last.params], ["certificate.get", { purpose: "signing", lang: "it" }]);
    await page.answers({ result });
    assert.deepEqual(await asking, result);

    for (const [title, name] of [["Domanda / 2026\u202e ", "Domanda 2026"], ["", "portal.example"]] as const) {
      (document as { title: string }).title = title;
      const signing = started(webeid.sign("MII", "aGFzaA==", "SHA-256", { userInteractionTimeout: 20_000 }));
      await page.answers({ result: { ...hello, features: ["certificate.get", "sign.hash"] } });
      assert.deepEqual([page.last.method, page.last.params], ["sign.hash", {
        certificate: "MII", hash: "aGFzaA==", hashFunction: "SHA-256", documentName: name, timeoutMs: 20_000,
      }]);
      await page.answers({ result: { signature: "c2ln", signatureAlgorithm: algorithm } });
      assert.deepEqual(await signing, { signature: "c2ln", signatureAlgorithm: algorithm });
    }
  });

  test("refused for this certificate is fatal, with the agent's sentence", async () => {
    const page = new FakePage();
    const asking = started(webeid.getSigningCertificate());
    await page.answers({ result: { ...hello, features: ["certificate.get"] } });
    await page.answers(failed("SIGNING_NOT_ALLOWED", false));
    const { code, ponteCode, hint } = await errorOf(asking);
    assert.deepEqual([code, ponteCode, hint], ["ERR_WEBEID_NATIVE_FATAL", "SIGNING_NOT_ALLOWED", "in italiano"]);
  });
});

test("the names of web-eid.js 2 are all there", () => {
  // As its documentation lists them.
  assert.deepEqual(Object.keys(webeid.ErrorCode).sort(), [
    "ERR_WEBEID_ACTION_PENDING", "ERR_WEBEID_ACTION_TIMEOUT", "ERR_WEBEID_CONTEXT_INSECURE", "ERR_WEBEID_EXTENSION_UNAVAILABLE",
    "ERR_WEBEID_MISSING_PARAMETER", "ERR_WEBEID_NATIVE_FATAL", "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "ERR_WEBEID_NATIVE_UNAVAILABLE",
    "ERR_WEBEID_UNKNOWN_ERROR", "ERR_WEBEID_USER_CANCELLED", "ERR_WEBEID_USER_TIMEOUT", "ERR_WEBEID_VERSION_INVALID", "ERR_WEBEID_VERSION_MISMATCH",
  ]);
  assert.deepEqual(Object.entries(webeid.ErrorCode).filter(([key, value]) => key !== value), []);
  for (const name of ["status", "authenticate", "getSigningCertificate", "sign"] as const) {
    assert.equal(typeof webeid[name], "function");
  }
});
