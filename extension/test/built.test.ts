// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { built, root } from "./fakes";

type Manifest = Record<string, unknown>;

const browsers = ["chrome", "firefox"];
const ownKeys = ["background", "storage", "minimum_chrome_version", "key", "browser_specific_settings"];

function manifest(browser: string): Manifest {
  return JSON.parse(readFileSync(join(built, browser, "manifest.json"), "utf8")) as Manifest;
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((f) => statSync(join(folder, f)).isFile()).sort();
}

test("the content script has at most 5 kB", () => {
  for (const browser of browsers) {
    assert.ok(statSync(join(built, browser, "content.js")).size <= 5000, browser);
  }
});

test("the Chromium key gives the identity that the native host knows", () => {
  const digest = createHash("sha256").update(Buffer.from(String(manifest("chrome").key), "base64")).digest("hex");
  const id = digest.slice(0, 32).replace(/./g, (c) => String.fromCharCode(97 + Number.parseInt(c, 16)));
  assert.match(readFileSync(join(root, "protocol/extension.go"), "utf8"), new RegExp(`"${id}"`));
});

test("the two manifests differ only where the browsers do", () => {
  const common = (browser: string): Manifest => Object.fromEntries(Object.entries(manifest(browser)).filter(([key]) => !ownKeys.includes(key)));
  assert.deepEqual(common("firefox"), common("chrome"));
});

test("the extension asks for native messaging and for what the administrator has set, and shows pages nothing of itself", () => {
  for (const browser of browsers) {
    const m = manifest(browser);
    assert.deepEqual(m.permissions, ["nativeMessaging", "storage"]);
    for (const key of ["host_permissions", "optional_permissions", "web_accessible_resources", "externally_connectable"]) {
      assert.equal(m[key], undefined, key);
    }
  }
});

test("the schema that Chromium wants describes every key that the extension reads", () => {
  assert.deepEqual(manifest("chrome").storage, { managed_schema: "managed.json" });
  const schema = JSON.parse(readFileSync(join(built, "chrome/managed.json"), "utf8")) as { properties: Record<string, { description?: string; enum?: string[] }> };
  assert.deepEqual(Object.keys(schema.properties), ["sites", "language"]);
  assert.ok(Object.values(schema.properties).every(({ description }) => description !== undefined));
  assert.deepEqual(schema.properties.language?.enum, ["it", "en", "de"]);
  assert.match(readFileSync(join(root, "extension/src/managed.ts"), "utf8"), /managed\.get\(\["sites", "language"\]/);
});

test("the content script runs in https pages and of this computer", () => {
  assert.deepEqual(manifest("chrome").content_scripts, [
    { matches: ["https://*/*", "http://localhost/*", "http://127.0.0.1/*"], js: ["content.js"], run_at: "document_start", all_frames: true },
  ]);
});

test("the pages of the extension hold no script and no style in line", () => {
  const page = readFileSync(join(built, "chrome/popup.html"), "utf8");
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
});

test("the same source gives the same bytes", () => {
  const again = mkdtempSync(join(tmpdir(), "ponte-extension-"));
  try {
    const { status, stderr } = spawnSync(process.execPath, [join(root, "extension/build.mjs"), again], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.deepEqual(files(again), files(built));
    for (const file of files(again)) {
      assert.deepEqual(readFileSync(join(again, file)), readFileSync(join(built, file)), file);
    }
  } finally {
    rmSync(again, { recursive: true });
  }
});
