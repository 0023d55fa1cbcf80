// SPDX-License-Identifier: BSD-3-Clause

// What the library and <ponte-login> say: in it, en and de, each text said somewhere, and none missing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { languages, texts } from "../src/errors";
import { stepTexts, words } from "../src/login-texts";

const src = join(process.cwd(), "portal/js/src");
const sources = readdirSync(src).map((file) => readFileSync(join(src, file), "utf8")).join("\n");

test("each text is there in every language, and differs", () => {
  const all = [...Object.values(words), ...Object.values(stepTexts).flat()] as (readonly string[])[];
  assert.ok(all.length >= 20, String(all.length));
  for (const text of all) {
    assert.equal(text.length, languages.length, text[0]);
    assert.equal(new Set(text).size, languages.length, text[0]);
    assert.ok(text.every((t) => t !== "" && t.trim() === t && t.includes("%s") === text[0]?.includes("%s")), text[0]);
  }
});

test("each text is said somewhere", () => {
  for (const key of Object.keys(words)) {
    assert.match(sources, new RegExp(`\\bwords\\.${key}\\b`), key);
  }
  for (const step of Object.keys(stepTexts)) {
    assert.match(sources, new RegExp(`"${step}"`), step);
  }
  for (const code of Object.keys(texts)) {
    assert.match(sources.replace(/export type OwnCode =[^;]*;/, ""), new RegExp(`"${code}"`), code);
  }
});
