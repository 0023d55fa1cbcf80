// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A citizen fills in an application, signs it with the card and hands it in; a page has several documents signed, or a
// hash. The portal verifies on its server; pdfsig and OpenSSL judge beside it.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { createHash, X509Certificate, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startChromium, startFirefox } from "./rig/browsers.mjs";
import { rightPIN, wrongPIN } from "./rig/dialogs.mjs";
import { root } from "./rig/places.mjs";
import { run } from "./rig/program.mjs";
import { giadaIsIn, Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

/** @typedef {import("puppeteer-core").Page} Page */

const rig = new Rig("signing");
const { agent, cards, dialogs, portal } = rig;
const library = "/assets/ponte.js";

before(async () => rig.start());
after(async () => rig.stop());

/** Fills in an application, as somebody who is logged in. @param {Page} page */
async function fillIn(page) {
  await page.goto(`${portal.origin}/domande?lang=it`);
  await page.click("#kind-illness");
  await page.type("#note", "Perché è così");
  await page.click("#declared");
  await Promise.all([page.waitForNavigation(), page.click("#apply button")]);
  await page.waitForSelector("#sign:not([hidden])");
}

/** Presses "Firma la domanda", and gives what the page says in the end. @param {Page} page */
async function sign(page) {
  await page.click("#sign");
  return until("the end of a signature", () => page.evaluate(() => {
    const report = document.getElementById("report");
    const error = document.getElementById("error");
    return report !== null ? { text: report.innerText, code: "" }
      : error?.firstElementChild ? { text: error.innerText, code: error.dataset["code"] ?? "" } : undefined;
  }).catch(() => undefined));
}

/** A file of the portal, as the browser would download it. @param {Page} page @param {string} name */
async function download(page, name) {
  const base64 = await page.evaluate(async (path) => {
    const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
    return btoa([...bytes].map((b) => String.fromCharCode(b)).join(""));
  }, `${new URL(page.url()).pathname}/${name}`);
  const file = join(rig.logs, name);
  writeFileSync(file, Buffer.from(base64, "base64"));
  return file;
}

for (const [name, start, extension] of /** @type {const} */ ([
  ["Chromium", startChromium, true], ["Firefox", startFirefox, true], ["Chromium without the extension", startChromium, false],
])) {
  describe(`in ${name}`, () => {
    /** @type {Page} */
    let page;
    before(async () => {
      await agent.startAfresh();
      page = await (await start(rig, { extension })).newPage();
      dialogs.expect(...(extension ? [] : [/** @type {const} */ ({ press: "ok" })]), { pin: rightPIN });
      assert.deepEqual(await portal.login(page), giadaIsIn);
      await fillIn(page);
    });
    after(async () => page.browser().close());

    test("Cancel in the window that shows the document ends it, and no PIN is asked", async () => {
      dialogs.expect({ press: "cancel" });
      assert.equal((await sign(page)).code, "USER_CANCELLED");
      assert.equal(dialogs.count, 1);
    });

    test("the citizen reads what it is, types the PIN, and the portal has the signed application", async () => {
      dialogs.expect({ press: "ok" }, { pin: wrongPIN }, { pin: rightPIN });
      const { code, text } = await sign(page);
      assert.equal(code, "", text);
      const [consent, first, second] = dialogs.shown;
      assert.equal(consent?.text.split("\n")[0], portal.host, "the window begins with the site");
      assert.match(consent?.text ?? "", /domanda\.pdf/);
      assert.match(consent?.text ?? "", /firma elettronica avanzata/i);
      assert.doesNotMatch(consent?.text ?? "", /firma digitale/i);
      assert.match(first?.text ?? "", /firm/i, "the PIN dialog says that it is for a signature");
      assert.equal(second?.error, "PIN errato: restano 2 tentativi");
      assert.match(text, /GIADA PROVA ROSSINI \(RSSGPR84S63H501C\)/);
      assert.match(text, /PAdES B-B/);
      assert.equal(await portal.notice(page), "Abbiamo ricevuto la domanda firmata.");
      await page.screenshot({ path: join(rig.logs, `${name}.png`), fullPage: true });

      const file = await download(page, "domanda-firmata.pdf");
      const { stdout } = await run("pdfsig", ["-nocert", file]);
      assert.match(stdout, /Signature is Valid/);
      assert.match(stdout, /Total document signed/);
      assert.match(stdout, /ETSI\.CAdES\.detached/);
      await run("qpdf", ["--check", file]);
    });
  });
}

describe("a page", () => {
  /** @type {Page} */
  let page;
  before(async () => {
    await agent.startAfresh();
    page = await (await startChromium(rig)).newPage();
    dialogs.expect({ pin: rightPIN });
    assert.deepEqual(await portal.login(page), giadaIsIn);
  });
  after(async () => page.browser().close());

  test("has several documents signed with one PIN, and hears how far it is", async () => {
    dialogs.expect({ press: "ok" }, { pin: rightPIN });
    const found = await page.evaluate(async (address) => {
      const { connect } = await import(address);
      const ponte = await connect({ client: { name: "test", version: "1" } });
      /** @type {string[]} */
      const stages = [];
      const big = new Uint8Array(3_000_000).map((_, i) => (i * i) >> 8);
      const signed = await ponte.signDocuments([
        new File(["uno"], "uno.txt", { type: "text/plain" }), { blob: new Blob([big]), name: "due.bin" }, new File(["tre"], "tre.txt"),
      ], { lang: "it", onProgress: (/** @type {{stage: string}} */ { stage }) => { if (stages.at(-1) !== stage) stages.push(stage); } });
      ponte.close();
      const bytes = await Promise.all(signed.map(async (/** @type {{blob: Blob}} */ { blob }) => {
        let text = "";
        for (const b of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(b);
        return btoa(text);
      }));
      return { names: signed.map((/** @type {{name: string}} */ d) => d.name), sums: signed.map((/** @type {{sha256: string}} */ d) => d.sha256), bytes, stages };
    }, library);
    assert.deepEqual(found.names, ["uno.txt.p7m", "due.bin.p7m", "tre.txt.p7m"]);
    assert.deepEqual([found.stages[0], found.stages.at(-1)], ["sending", "receiving"]);
    assert.ok(found.stages.includes("signing"), found.stages.join(" "));
    assert.equal(dialogs.count, 2, "one consent and one PIN");
    for (const listed of ["uno.txt", "due.bin", "tre.txt"]) {
      assert.ok(dialogs.shown[0]?.text.includes(listed), `${listed} is not in the window`);
    }
    for (const [i, base64] of found.bytes.entries()) {
      const signed = Buffer.from(base64, "base64");
      assert.equal(createHash("sha256").update(signed).digest("hex"), found.sums[i]);
      const file = join(rig.logs, found.names[i] ?? "");
      writeFileSync(file, signed);
      await run("openssl", ["cms", "-verify", "-inform", "DER", "-in", file, "-CAfile", cards.authority, "-purpose", "any", "-out", `${file}.inside`]);
    }
  });

  test("written for Web eID has a hash signed, and the citizen reads that Ponte does not see the document", async () => {
    dialogs.expect({ press: "ok" }, { press: "ok" }, { pin: rightPIN });
    await page.evaluate(readFileSync(join(root, "portal/js/dist/ponte-web-eid.iife.js"), "utf8"));
    const { certificate, algorithms, signature } = await page.evaluate(async () => {
      const { webeid } = /** @type {any} */ (globalThis);
      const { certificate, supportedSignatureAlgorithms } = await webeid.getSigningCertificate({ lang: "it" });
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("il documento")));
      const { signature } = await webeid.sign(certificate, btoa(String.fromCharCode(...hash)), "SHA-256", { lang: "it" });
      return { certificate, algorithms: supportedSignatureAlgorithms, signature };
    });
    assert.deepEqual(algorithms[0], { cryptoAlgorithm: "RSA", hashFunction: "SHA-256", paddingScheme: "PKCS1.5" });
    const { publicKey } = new X509Certificate(Buffer.from(certificate, "base64"));
    assert.ok(verify("sha256", Buffer.from("il documento"), publicKey, Buffer.from(signature, "base64")));
    assert.match(dialogs.shown[1]?.text ?? "", /non (ha|può|vede)/i);
  });

  test("that goes away while the citizen reads takes the window with it", async () => {
    dialogs.expect("window");
    await page.evaluate((address) => {
      void import(address).then(async ({ connect }) => (await connect({ client: { name: "test", version: "1" } })).signDocument(new File(["x"], "x.txt")));
    }, library);
    await until("the window", () => dialogs.count === 1 || undefined);
    await page.goto("about:blank");
    dialogs.expect({ pin: rightPIN });
    await until("that the citizen is free again", async () => (await portal.login(page)).in || undefined);
  });
});
