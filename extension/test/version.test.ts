// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewer } from "../src/version";

test("a version is newer by its numbers, not by its letters", () => {
  for (const [version, other] of [["0.10.0", "0.9.0"], ["0.10.0", "0.9.12"], ["1.0.0", "0.99.99"], ["0.1.10", "0.1.9"], ["10.0.0", "9.9.9"], ["0.2.0", "0.1.9"]] as const) {
    assert.equal(isNewer(version, other), true, `${version} and ${other}`);
    assert.equal(isNewer(other, version), false, `${other} and ${version}`);
  }
});

test("a version is not newer than itself", () => {
  assert.equal(isNewer("0.1.0", "0.1.0"), false);
  assert.equal(isNewer("0.01.0", "0.1.0"), false);
});

test("what is no release is never compared", () => {
  for (const strange of ["0.1.0-dev.7", "0.1.0-rc.1", "0.1.0+x", "v0.1.0", "0.1", "1", "", "0.1.0.1", "0.1.x", " 0.1.0", "0.1.0\n", "-1.0.0", "999999.0.0"]) {
    assert.equal(isNewer("99.0.0", strange), false, strange);
    assert.equal(isNewer(strange, "0.0.1"), false, strange);
  }
});
