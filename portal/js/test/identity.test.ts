// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, type Ponte, type PonteError } from "../src/index";
import { client, codeOf, failed, FakePage, hello, outcome, pass, started } from "./fakes";

async function connected(features: readonly string[] = ["identity.read"]): Promise<{ page: FakePage; ponte: Ponte }> {
  const page = new FakePage();
  const connecting = started(connect({ client }));
  await page.answers({ result: { ...hello, features } });
  return { page, ponte: await connecting };
}

describe("identity", () => {
  test("asks nothing of an agent that is too old for it, and says so", async () => {
    const { page, ponte } = await connected(["auth.login"]);
    const before = page.posted.length;
    assert.equal(await codeOf(ponte.identity(["name"])), "VERSION_MISMATCH");
    assert.equal(page.posted.length, before);
  });

  test("fails with INTERNAL when a value is no text", async () => {
    const { page, ponte } = await connected();
    for (const result of [null, [], "GIADA", { name: 7 }, { name: null }, { name: { toString: "x" } }]) {
      const reading = started(ponte.identity(["name"]));
      await page.answers({ result });
      assert.equal(await codeOf(reading), "INTERNAL", JSON.stringify(result));
    }
  });

  test("that the citizen refuses fails with the agent's code", async () => {
    const { page, ponte } = await connected();
    const reading = started(ponte.identity(["name"]));
    await page.answers(failed("CONSENT_DENIED", false));
    assert.equal(await codeOf(reading), "CONSENT_DENIED");
  });

  test("cancelled by a signal closes the dialog", async () => {
    const { page, ponte } = await connected();
    const control = new AbortController();
    const reading = started(ponte.identity(["name"], { signal: control.signal }));
    const asked = page.last;
    await page.accepts();
    control.abort();
    assert.equal(await codeOf(reading), "USER_CANCELLED");
    assert.deepEqual([page.last.method, page.last.params], ["request.cancel", { id: asked.id }]);
  });

  test("outlasts the agent's dialog, but not for ever", async () => {
    const { page, ponte } = await connected();
    const reading = started(ponte.identity(["name"]));
    await page.accepts();
    await pass(124_999);
    assert.equal(await outcome(reading), "pending");
    await pass(1);
    assert.equal(await codeOf(reading), "BRIDGE_UNREACHABLE");
  });

  test("gives the fields that were asked for, and no other", async () => {
    const { page, ponte } = await connected();
    const reading = started(ponte.identity(["name", "birthDate", "cardNumber"], { lang: "en" }));
    assert.deepEqual([page.last.method, page.last.params], ["identity.read", { fields: ["name", "birthDate", "cardNumber"], lang: "en" }]);
    await page.answers({ result: { name: "GIADA", birthDate: "1984-11-23", surname: "PROVA" } });
    assert.deepEqual(await reading, { name: "GIADA", birthDate: "1984-11-23" });
  });
});

test("a page that is not https is refused at once, with a sentence", async () => {
  const page = new FakePage();
  Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true, writable: true });
  const result = await outcome(started(connect({ client })));
  assert.ok(result !== "pending");
  const { code, hint } = result.error as PonteError;
  assert.equal(code, "ORIGIN_INSECURE");
  assert.match(hint, /https/);
  assert.deepEqual(page.posted, []);
});

test("a page may leave a door alone", async () => {
  const page = new FakePage();
  const connecting = started(connect({ client, doors: ["extension"] }));
  await pass(600);
  assert.equal(await codeOf(connecting), "EXTENSION_MISSING");
  assert.equal(page.listening, 0);
});
