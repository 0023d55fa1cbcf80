// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { test } from "node:test";
import { mayCall, parseOrigin } from "../src/origin";

test("a text that is not an origin is refused", () => {
  for (const text of [
    "", "null", "https://", "portal.example", "//portal.example", "https:portal.example", "https://portal.example/", "https://portal.example?",
    "https://portal.example#", "https://user@portal.example", "https://portal.example:", "https://portal.example:0", "https://portal.example:65536",
    "https://portal.example:0443", "https://portal.example:+443", " https://portal.example", "https://portal.example\n", "https://portal .example",
    "https://pòrtal.example", "https://portal%2eexample", "https://portal\\.example", "https://portal.example.", "https://.example",
    "https://a..b", "https://-a.example", "https://a-.example", `https://${"a".repeat(64)}.example`, `https://${"a.".repeat(127)}aa`,
    "https://1.2.3", "https://1.2.3.4.5", "https://256.1.1.1", "https://01.2.3.4", "https://0x7f.1", "https://portal.0x1", "https://2130706433",
    "https://[::1", "https://::1", "https://[0:0:0:0:0:0:0:1]", "https://[::1%25eth0]", "https://[1.2.3.4]", "https://[]",
    "ftp://portal.example", "ws://portal.example", "chrome-extension://abc", "moz-extension://abc", "file://", "data:text/html,x", "blob:https://a.example",
  ]) {
    assert.equal(parseOrigin(text), undefined, text);
  }
});

test("an origin has one spelling", () => {
  for (const [text, origin] of [
    ["https://portal.example", "https://portal.example"], ["HTTPS://Portal.EXAMPLE", "https://portal.example"],
    ["https://portal.example:443", "https://portal.example"], ["http://localhost:80", "http://localhost"],
    ["http://portal.example:443", "http://portal.example:443"], ["https://portal.example:8443", "https://portal.example:8443"],
    ["https://xn--prtal-fsa.example", "https://xn--prtal-fsa.example"], ["https://a_b.example", "https://a_b.example"],
    ["https://127.0.0.2:8443", "https://127.0.0.2:8443"], ["https://[::1]:8443", "https://[::1]:8443"], ["https://[2001:DB8::1]", "https://[2001:db8::1]"],
  ]) {
    assert.equal(parseOrigin(text ?? ""), origin);
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
