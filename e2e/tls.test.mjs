// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Today's portals: the browser is asked for a TLS client certificate, and finds the card through libponte-pkcs11. No
// extension, no page of ours; the server is Node's.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { after, before, describe, test } from "node:test";
import { rightPIN, wrongPIN } from "./rig/dialogs.mjs";
import { built } from "./rig/places.mjs";
import { run } from "./rig/program.mjs";
import { chromiumWithCard, firefoxWithCard, visit } from "./rig/today.mjs";
import { Rig } from "./rig/rig.mjs";
import { pageHead } from "./rig/servers.mjs";
import { until } from "./rig/wait.mjs";

/** @typedef {import("puppeteer-core").Browser} Browser */

const rig = new Rig("tls");
const { agent, cards, dialogs } = rig;
const fiscalCode = "RSSGPR84S63H501C";

/** The portals, by the version of TLS that they speak: a connection for each page, and no session is taken up again. */
const portals = { "TLSv1.2": "", "TLSv1.3": "" };
const versions = /** @type {(keyof typeof portals)[]} */ (Object.keys(portals));
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
    response.end(`${pageHead}<p>${String(subject.CN)} ${served}`);
  });
  await new Promise((ready) => { server.listen(0, "127.0.0.1", () => { ready(undefined); }); });
  rig.endings.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  portals[version] = `https://portal.test:${typeof address === "object" ? address?.port : ""}/`;
}

/** @param {string} seen */
const isIn = (seen) => seen.startsWith(fiscalCode);

/** Another program asks for the PIN: what was verified for the browser counts no more. */
async function locked() {
  for (const version of versions) {
    await startPortal(version); // a new one: no session of TLS is taken up again
  }
  dialogs.expect({ pin: rightPIN });
  await run("pkcs11-tool", ["--module", built("libponte-pkcs11.so"), "--login", "--list-objects"], { env: rig.env });
  assert.equal(dialogs.count, 1);
}

/**
 * Visits until the portal lets the citizen in: browsers look for a card that has come back no more than once a second.
 * @param {Browser} browser
 * @param {string} [url]
 */
async function enters(browser, url = portals["TLSv1.3"]) {
  await until("the portal to open", async () => isIn(await visit(browser, url)));
}

before(async () => rig.start({ desktop: true, settings: { websocket: "off" } }));
after(async () => rig.stop());

for (const [name, start] of Object.entries({ chromium: chromiumWithCard, firefox: firefoxWithCard })) {
  describe(name, () => {
    /** @type {Browser} */
    let browser;
    before(async () => { browser = await start(rig); });
    after(async () => browser.close());

    for (const version of versions) {
      test(`one PIN opens a portal in ${version}, and the dialog names the browser`, async () => {
        await locked();
        dialogs.expect({ pin: rightPIN });
        await enters(browser, portals[version]);
        assert.equal(dialogs.count, 1);
        assert.match(dialogs.shown[0]?.text ?? "", new RegExp(`^\\S*${name}\\S* chiede la tua tessera\nProgramma: /\\S*${name}`));
        assert.match(dialogs.shown[0]?.text.replaceAll("\n", " ") ?? "", /guarda l'indirizzo nel browser/);
      });

      test(`Cancel ends a visit in ${version} after one dialog, and the next one asks again`, async () => {
        await locked();
        const verifies = await cards.verifies();
        dialogs.expect({ press: "cancel" });
        assert.match(await visit(browser, portals[version]), /^error: /);
        assert.equal(dialogs.count, 1);
        assert.equal(await cards.verifies(), verifies);
        dialogs.expect({ pin: rightPIN });
        await enters(browser, portals[version]);
        assert.equal(dialogs.count, 1);
      });
    }

    test("six tabs at once need one PIN", async () => {
      await locked();
      dialogs.expect({ pin: rightPIN });
      const seen = await Promise.all(Array.from({ length: 6 }, async (_, i) => visit(browser, portals[i % 2 === 0 ? "TLSv1.2" : "TLSv1.3"])));
      assert.deepEqual(seen.map(isIn), Array(6).fill(true), seen.join("\n"));
      assert.equal(dialogs.count, 1);
    });

    test("a PIN that comes when the browser waits no longer is kept, and the citizen is told to reload", async () => {
      await locked();
      dialogs.expect({ pin: rightPIN, after: "32s" }, { press: "ok" });
      await visit(browser, portals["TLSv1.3"]); // whatever the browser has made of it
      await until("Ponte to say so", () => /Ricarica subito\s+la pagina/.test(dialogs.shown[1]?.text ?? ""));
      assert.ok(isIn(await visit(browser, portals["TLSv1.3"])));
      assert.equal(dialogs.count, 2, "no further PIN");
    });

    test("a wrong PIN is asked again in the dialog, and costs one try", async () => {
      await locked();
      const verifies = await cards.verifies();
      dialogs.expect({ pin: wrongPIN }, { pin: rightPIN });
      await enters(browser);
      assert.equal(dialogs.shown[1]?.error, "PIN errato: restano 2 tentativi");
      assert.equal(await cards.verifies(), verifies + 2);
    });

    test("a card that was taken out lets nobody in, and back in its reader it asks for the PIN again", async () => {
      await locked();
      dialogs.expect({ pin: rightPIN }, { pin: rightPIN });
      await enters(browser);
      await cards.eject();
      for (const version of versions) {
        await startPortal(version);
        assert.match(await visit(browser, portals[version]), /^error: /);
      }
      await cards.insert();
      await enters(browser);
      assert.equal(dialogs.count, 2);
    });

    test("an agent that was killed is found again when it is back, without a new start of the browser", async () => {
      await locked();
      dialogs.expect({ pin: rightPIN }, { pin: rightPIN });
      await enters(browser);
      await agent.stop("SIGKILL");
      await startPortal("TLSv1.3");
      assert.match(await visit(browser, portals["TLSv1.3"]), /^error: /);
      await agent.start();
      await enters(browser);
      assert.equal(dialogs.count, 2);
    });

    test("a hundred pages in a row need no PIN but that of each two minutes", async () => {
      await locked();
      dialogs.expect(...Array.from({ length: 20 }, () => ({ pin: rightPIN })));
      const start = performance.now();
      for (let i = 0; i < 100; i++) {
        await enters(browser, portals[i % 2 === 0 ? "TLSv1.2" : "TLSv1.3"]);
      }
      const most = 1 + Math.floor((performance.now() - start) / 120_000) * 2; // where a page takes long, the session also ends between two
      assert.ok(dialogs.count <= most, `${dialogs.count} dialogs, at most ${most}`);
    });
  });
}

for (const [name, start] of Object.entries({ chromium: chromiumWithCard, firefox: firefoxWithCard })) {
  test(`${name} with a window does the same`, async () => {
    await locked();
    const browser = await start(rig, { onScreen: true });
    try {
      dialogs.expect({ pin: rightPIN });
      await enters(browser);
      assert.equal(dialogs.count, 1);
    } finally {
      await browser.close();
    }
  });
}

describe("two cards", () => {
  /** @type {Browser | undefined} */
  let browser;
  after(async () => browser?.close());

  test("the browser knows both, and each portal gets the one that is chosen for it", async () => {
    await locked();
    await cards.insert(2);
    /** @type {{ holder: string, fiscalCode: string, certificate: string }[]} */
    const there = JSON.parse(await agent.command("card", "info", "--json"));
    const which = there.map(({ certificate }, i) => ({
      pattern: portals[versions[i] ?? "TLSv1.3"].slice(0, -1),
      filter: { SUBJECT: { CN: /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] } },
    }));
    browser = await chromiumWithCard(rig, { which });
    for (const [i, version] of versions.entries()) {
      dialogs.expect({ pin: rightPIN });
      const { holder, fiscalCode } = there[i] ?? { holder: "nobody", fiscalCode: "nobody" };
      let seen = "";
      const opened = browser;
      await until(`the portal of ${holder} to open`, async () => {
        seen = await visit(opened, portals[version]);
        return !seen.startsWith("error: ");
      });
      assert.ok(seen.startsWith(fiscalCode), `${holder}: ${seen}`);
      assert.equal(dialogs.count, 1);
      assert.ok(dialogs.shown[0]?.text.includes(holder), dialogs.shown[0]?.text);
    }
  });
});
