// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { retries } from "../src/errors";

const dist = process.env.PONTE_DIST ?? "";
const root = process.cwd();

test("the package can be imported without a page, and has its two names", async () => {
  for (const file of ["index.js", "ponte.js"]) {
    const names = Object.keys((await import(pathToFileURL(join(dist, file)).href)) as object);
    assert.deepEqual(names.sort(), ["PonteError", "connect"], file);
  }
});

test("the plain script gives the global Ponte", () => {
  const context = vm.createContext({});
  vm.runInContext(readFileSync(join(dist, "ponte.iife.js"), "utf8"), context);
  assert.equal(vm.runInContext("typeof Ponte.connect", context), "function");
});

test("what package.json promises is built", () => {
  const { exports, types } = JSON.parse(readFileSync(join(root, "portal/js/package.json"), "utf8")) as { exports: Record<string, unknown>; types: string };
  const promised = JSON.stringify([exports, types]).match(/\.\/dist\/[^"]+/g) ?? [];
  assert.ok(promised.length > 0);
  for (const file of promised) {
    assert.ok(existsSync(join(dist, file.replace("./dist/", ""))), file);
  }
});

test("the codes and their retry are those of the protocol", () => {
  const codes = JSON.parse(readFileSync(join(root, "protocol/testdata/errors.json"), "utf8")) as { code: string; retry: boolean }[];
  assert.deepEqual(Object.fromEntries(codes.map(({ code, retry }) => [code, retry])), { ...retries });
});
