// SPDX-License-Identifier: EUPL-1.2

// The vectors of protocol/testdata, which the Go tests read too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, type FailureCode } from "../src/failure";
import { isObject, isPageRequest } from "../src/messages";
import { mayCall, parseOrigin } from "../src/origin";
import { FakeBrowser, root } from "./fakes";

function vectors(name: string): unknown {
  return JSON.parse(readFileSync(join(root, "protocol/testdata", name), "utf8")) as unknown;
}

const origins = vectors("origins.json") as { valid: { in: string; out: string }[]; invalid: string[] };
const messages = vectors("messages.json") as { name: string; message: string; ok: boolean; rpcCode: number }[];
const errors = vectors("errors.json") as { code: string; retry: boolean }[];

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

test("a text that is not an origin is refused", () => {
  assert.ok(origins.invalid.length > 50);
  for (const text of origins.invalid) {
    assert.equal(parseOrigin(text), undefined, text);
  }
});

test("an origin has one spelling", () => {
  assert.ok(origins.valid.length > 10);
  for (const vector of origins.valid) {
    assert.equal(parseOrigin(vector.in), vector.out, vector.in);
  }
});

test("only https sites and this computer's own may call", () => {
  for (const origin of ["http://portal.example", "http://localhost.example", "http://127.0.0.10", "http://127.0.0.1.example", "http://[::1]"]) {
    assert.equal(mayCall(origin), false, origin);
  }
  for (const origin of ["https://portal.example", "http://localhost", "http://localhost:8080", "http://127.0.0.1", "http://127.0.0.1:1"]) {
    assert.equal(mayCall(origin), true, origin);
  }
});

for (const { name, message, ok, rpcCode } of messages) {
  const rpc = parse(message);
  if (ok) {
    test(`${name} goes on to the agent as it came`, () => {
      assert.ok(isPageRequest({ ponte: "request", rpc }));
      const browser = new FakeBrowser();
      browser.document().say({ click: true, rpc });
      assert.deepEqual(browser.native.take(), [{ channel: "5.0.D1", origin: "https://portal.example", rpc }]);
    });
  } else if (rpcCode === -32700 || !isObject(rpc)) {
    test(`${name} is no request`, () => {
      assert.equal(isPageRequest({ ponte: "request", rpc }), false);
    });
  } else if (name.endsWith(" levels")) {
    test(`${name} do not reach the agent`, () => {
      const browser = new FakeBrowser();
      browser.document().say({ click: true, rpc });
      assert.equal(browser.natives.length, 0);
    });
  } else {
    test(`${name} opens no channel by itself, or is left to the agent to refuse`, () => {
      const browser = new FakeBrowser();
      const port = browser.document();
      port.say({ click: true, rpc });
      const reached = browser.natives.length > 0;
      assert.equal(reached, isPageRequest({ ponte: "request", rpc }));
      assert.equal(port.take().length, reached ? 1 : 0);
    });
  }
}

test("the extension's own errors retry as the protocol says", () => {
  for (const code of ["BRIDGE_UNREACHABLE", "BRIDGE_BUSY", "ORIGIN_DENIED", "INVALID_ARGUMENT"] satisfies FailureCode[]) {
    const message = failure(1, code, "hint");
    assert.ok("error" in message);
    assert.deepEqual(message.error.data, { ...errors.find((e) => e.code === code), hint: "hint" });
  }
});
