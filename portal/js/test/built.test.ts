// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { languages, retries, texts } from "../src/errors";
import { version } from "../src/version";

const dist = process.env.PONTE_DIST ?? "";
const root = process.cwd();

function manifest(): { version: string; exports: Record<string, unknown>; types: string } & Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, "portal/js/package.json"), "utf8")) as ReturnType<typeof manifest>;
}

test("each entry can be imported without a page, and has its names", async () => {
  for (const [files, names] of [
    [["index.js", "ponte.js"], ["PonteError", "connect"]],
    [["login.js", "ponte-login.js"], ["PonteLogin", "ServerError"]],
    [["web-eid.js", "ponte-web-eid.js"], ["Action", "ErrorCode", "WebEidError", "authenticate", "config", "getSigningCertificate", "sign", "status"]],
  ] as const) {
    for (const file of files) {
      const found = Object.keys((await import(pathToFileURL(join(dist, file)).href)) as object);
      assert.deepEqual(found.sort(), names, file);
    }
  }
});

test("the plain scripts give the globals Ponte and webeid", () => {
  const context = vm.createContext({});
  for (const [file, call] of [["ponte.iife.js", "Ponte.connect"], ["ponte-web-eid.iife.js", "webeid.authenticate"]] as const) {
    vm.runInContext(readFileSync(join(dist, file), "utf8"), context);
    assert.equal(vm.runInContext(`typeof ${call}`, context), "function");
  }
});

test("the library has at most 8 kB gzipped, and the adaptor, which holds it, 1 kB more", () => {
  for (const [file, most] of [["ponte.js", 8_000], ["ponte.iife.js", 8_000], ["ponte-web-eid.js", 9_000]] as const) {
    const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
    assert.ok(size <= most, `${file} has ${size} bytes`);
  }
});

test("what bundlers take shares one library: an error of one entry is an instance of the other's class", () => {
  const shared = /from "(\.\/shared-[^"]+)"/g;
  const chunks = (file: string): string[] => [...readFileSync(join(dist, file), "utf8").matchAll(shared)].map(([, name = ""]) => name);
  for (const file of ["login.js", "web-eid.js"]) {
    assert.ok(chunks(file).some((name) => chunks("index.js").includes(name)), file);
    assert.doesNotMatch(readFileSync(join(dist, file), "utf8"), /class PonteError/);
  }
});

test("there is no runtime dependency", () => {
  const { dependencies, peerDependencies, optionalDependencies } = manifest();
  assert.deepEqual([dependencies, peerDependencies, optionalDependencies], [undefined, undefined, undefined]);
  for (const file of ["index.js", "login.js", "web-eid.js"]) {
    for (const [, name = ""] of readFileSync(join(dist, file), "utf8").matchAll(/from "([^"]+)"/g)) {
      assert.match(name, /^\.\//, `${file} imports ${name}`);
    }
  }
});

test("the version is package.json's", () => {
  assert.equal(version, manifest().version);
});

test("what the library says is there in it, en and de, and differs", () => {
  for (const [code, [message, ...hints]] of Object.entries(texts)) {
    assert.equal(new Set(hints).size, languages.length, code);
    assert.ok([message, ...hints].every((text) => text.length > 10), code);
  }
});

test("what package.json promises is built", () => {
  const { exports, types } = manifest();
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
