// SPDX-License-Identifier: EUPL-1.2

// The texts of the extension itself: in every language, each of them used, and none missing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root, texts } from "./fakes";

const languages = ["it", "en", "de"];

/** Every text between quotes in the sources, and every __MSG_x__ of the manifests. */
function asked(): Set<string> {
  const sources = readdirSync(join(root, "extension/src")).filter((f) => f.endsWith(".ts")).map((f) => readFileSync(join(root, "extension/src", f), "utf8"));
  const manifests = ["chrome", "firefox"].map((b) => readFileSync(join(root, "extension", b, "manifest.json"), "utf8"));
  const failures = readFileSync(join(root, "extension/src/failure.ts"), "utf8");
  return new Set([
    ...sources.flatMap((s) => [...s.matchAll(/"(\w+)"/g)].map((m) => m[1] ?? "")),
    ...manifests.flatMap((s) => [...s.matchAll(/__MSG_(\w+)__/g)].map((m) => m[1] ?? "")),
    ...[...failures.matchAll(/^ {2}([A-Z_]+): \[/gm)].map((m) => `hint_${m[1] ?? ""}`),
  ]);
}

test("no text is left over", () => {
  const used = asked();
  assert.deepEqual(Object.keys(texts("it")).filter((key) => !used.has(key)), []);
});

test("no text is missing", () => {
  const known = Object.keys(texts("it"));
  const popup = readFileSync(join(root, "extension/src/popup.ts"), "utf8");
  const wanted = [
    ...[...popup.matchAll(/say\("(\w+)"/g)].map((m) => m[1] ?? ""),
    ...[...popup.matchAll(/\["[\w-]+", "(\w+)"\]/g)].map((m) => m[1] ?? ""),
    ...[...asked()].filter((key) => key.startsWith("hint_") || /^ext[A-Z]/.test(key)),
    "language",
  ];
  assert.ok(wanted.length >= 14, String(wanted.length));
  assert.deepEqual(wanted.filter((key) => !known.includes(key)), []);
});

test("every language has the same texts, and $1 in the same ones", () => {
  const shape = (language: string): string[] => Object.entries(texts(language)).map(([key, { message }]) => `${key} ${message.includes("$1")} ${message.trim() !== ""}`);
  for (const language of languages) {
    assert.deepEqual(shape(language), shape("it"), language);
    assert.equal(texts(language).language?.message, language);
  }
});

test("no language repeats the text of another", () => {
  const [it, en, de] = languages.map(texts);
  for (const key of Object.keys(it ?? {}).filter((k) => k !== "extName")) {
    assert.equal(new Set([it?.[key]?.message, en?.[key]?.message, de?.[key]?.message]).size, 3, key);
  }
});
