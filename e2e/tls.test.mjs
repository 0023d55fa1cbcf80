// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Today's portals: the browser is asked for a TLS client certificate, and finds the card through libponte-pkcs11. No
// extension, no page of ours; the server is Node's.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startChromium } from "./rig/browsers.mjs";
import { rightPIN, wrongPIN } from "./rig/dialogs.mjs";
import { built } from "./rig/places.mjs";
import { run } from "./rig/program.mjs";
import { Rig } from "./rig/rig.mjs";
import { until } from "./rig/wait.mjs";

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {import("puppeteer-core").Browser} Browser */

const rig = new Rig("tls");
const { agent, cards, dialogs } = rig;
const fiscalCode = "RSSGPR84S63H501C";

/** The portals, by the version of TLS that they speak: a connection for each page, and no session is taken up again. */
const portals = { "TLSv1.2": "", "TLSv1.3": "" };
/** Pages that a portal has served. */
let served = 0;

/** @param {keyof typeof portals} version */
async function startPortal(version) {
  const server = createServer({
    cert: readFileSync(rig.tls.cert), key: readFileSync(rig.tls.key), ca: readFileSync(cards.authority), minVersion: version, maxVersion: version,
    requestCert: true, rejectUnauthorized: true,
  }, (request, response) => {
    const { subject } = /** @type {import("node:tls").TLSSocket} */ (request.socket).getPeerCertificate();
    served++;
    response.writeHead(200, { "Content-Type": "text/html", "Connection": "close" });
    response.end(`<!doctype html><title>Portale</title><p>${String(subject.CN)} ${served}`);
  });
  await new Promise((ready) => { server.listen(0, "127.0.0.1", () => { ready(undefined); }); });
  rig.endings.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  portals[version] = `https://portal.test:${typeof address === "object" ? address?.port : ""}/`;
}

/** Chromium takes the card's certificate without asking which, by a policy that no other program sees. */
function chromiumWithPolicy() {
  const etc = join(rig.dir, "etc-chromium");
  mkdirSync(join(etc, "policies", "managed"), { recursive: true });
  writeFileSync(join(etc, "policies", "managed", "tls.json"), JSON.stringify({
    AutoSelectCertificateForUrls: [JSON.stringify({ pattern: "https://portal.test", filter: {} })],
  }));
  const program = join(rig.dir, "chromium");
  writeFileSync(program, `#!/bin/sh\nexec unshare --mount sh -c 'mount --bind "$0" /etc/chromium && exec /usr/bin/chromium "$@"' '${etc}' "$@"\n`);
  chmodSync(program, 0o700);
  return program;
}

/**
 * What a page shows: the holder's fiscal code is in it, or the browser's own error.
 * @param {Page} page
 * @param {keyof typeof portals} [version]
 */
async function visit(page, version = "TLSv1.3") {
  try {
    await page.goto(portals[version], { timeout: 40_000 });
    return await page.evaluate(() => document.body.innerText);
  } catch (error) {
    return `error: ${String(error)}`;
  }
}

/** @param {string} seen */
const isIn = (seen) => seen.startsWith(fiscalCode);

/** Another program asks for the PIN: what was verified for the browser counts no more. */
async function locked() {
  for (const version of /** @type {(keyof typeof portals)[]} */ (Object.keys(portals))) {
    await startPortal(version); // a new one: no session of TLS is taken up again
  }
  dialogs.expect({ pin: rightPIN });
  await run("pkcs11-tool", ["--module", built("libponte-pkcs11.so"), "--login", "--list-objects"], { env: rig.env });
  assert.equal(dialogs.count, 1);
}

/**
 * Visits until the portal lets the citizen in: browsers look for a card that has come back no more than once a second.
 * @param {Page} page
 * @param {keyof typeof portals} [version]
 */
async function enters(page, version) {
  await until("the portal to open", async () => isIn(await visit(page, version)));
}

before(async () => {
  await rig.start({ settings: { websocket: "off", tls_module: "on" } });
  await startPortal("TLSv1.2");
  await startPortal("TLSv1.3");
});
after(async () => rig.stop());

describe("Chromium", () => { // Firefox can hang on several tabs: docs/tls.en.md
  /** @type {Browser} */
  let browser;
  /** @type {Page} */
  let page;
  before(async () => {
    await agent.command("browsers", "register", "--tls");
    browser = await startChromium(rig, { extension: false, program: chromiumWithPolicy() });
    page = await browser.newPage();
  });
  after(async () => browser.close());

  for (const version of /** @type {(keyof typeof portals)[]} */ (Object.keys(portals))) {
    test(`one PIN opens a portal in ${version}, and the dialog names the browser`, async () => {
      await locked();
      dialogs.expect({ pin: rightPIN });
      await enters(page, version);
      assert.equal(dialogs.count, 1);
      assert.match(dialogs.shown[0]?.text ?? "", new RegExp(`^\\S*chromium\\S* chiede la tua tessera\nProgramma: /\\S*chromium`));
      assert.match(dialogs.shown[0]?.text.replaceAll("\n", " ") ?? "", /guarda l'indirizzo nel browser/);
    });
  }

  test("several tabs at once need one PIN", async () => {
    await locked();
    dialogs.expect({ pin: rightPIN });
    const tabs = await Promise.all([browser.newPage(), browser.newPage(), browser.newPage(), browser.newPage()]);
    const seen = await Promise.all(tabs.map(async (tab, i) => visit(tab, i % 2 === 0 ? "TLSv1.2" : "TLSv1.3")));
    assert.deepEqual(seen.map(isIn), [true, true, true, true], seen.join("\n"));
    assert.equal(dialogs.count, 1);
    await Promise.all(tabs.map(async (tab) => tab.close()));
  });

  test("a wrong PIN is asked again in the dialog, and costs one try", async () => {
    await locked();
    const verifies = await cards.verifies();
    dialogs.expect({ pin: wrongPIN }, { pin: rightPIN });
    await enters(page);
    assert.equal(dialogs.shown[1]?.error, "PIN errato: restano 2 tentativi");
    assert.equal(await cards.verifies(), verifies + 2);
  });

  test("Cancel ends the visit after one dialog, and the next one asks again", async () => {
    await locked();
    const verifies = await cards.verifies();
    dialogs.expect({ press: "cancel" });
    assert.match(await visit(page), /^error: /);
    assert.equal(dialogs.count, 1);
    assert.equal(await cards.verifies(), verifies);
    dialogs.expect({ pin: rightPIN });
    await enters(page);
    assert.equal(dialogs.count, 1);
  });
});
