// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Today's portals behind the web servers that they run: Apache and nginx, for the whole server and for one directory.

import "./rig/alone.mjs";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { rightPIN } from "./rig/dialogs.mjs";
import { Rig } from "./rig/rig.mjs";
import { startApache, startNginx } from "./rig/servers.mjs";
import { chromiumWithCard, firefoxWithCard, visit } from "./rig/today.mjs";
import { until } from "./rig/wait.mjs";

const rig = new Rig("tls-servers");
const { dialogs } = rig;
const isIn = /CN\s*=\s*RSSGPR84S63H501C/;
const versions = { "TLS 1.2": ["SSLProtocol -all +TLSv1.2", "ssl_protocols TLSv1.2;"], "TLS 1.3": ["SSLProtocol -all +TLSv1.3", "ssl_protocols TLSv1.3;"] };

before(async () => rig.start({ settings: { websocket: "off" } }));
after(async () => rig.stop());

for (const [name, start] of Object.entries({ chromium: chromiumWithCard, firefox: firefoxWithCard })) {
  describe(name, () => {
    /** @type {import("puppeteer-core").Browser} */
    let browser;
    before(async () => { browser = await start(rig); });
    after(async () => browser.close());

    /** @param {string} url */
    async function enters(url) {
      dialogs.expect(...Array.from({ length: 5 }, () => ({ pin: rightPIN }))); // none while the PIN of the test before counts
      await until("the portal to open", async () => isIn.test(await visit(browser, url)));
      assert.ok(dialogs.count <= 1, `${dialogs.count} dialogs`);
    }

    for (const [version, [ofApache = "", ofNginx = ""]] of Object.entries(versions)) {
      const id = `${name}-${version.replaceAll(/\W/g, "")}`;

      test(`Apache asks for the certificate, in ${version}`, async () => {
        await enters(await startApache(rig, `apache-${id}`, ofApache, "SSLVerifyClient require"));
      });

      test(`nginx asks for the certificate, in ${version}`, async () => {
        await enters(await startNginx(rig, `nginx-${id}`, ofNginx, "ssl_verify_client on;"));
      });

      test(`nginx takes the certificate when there is one, in ${version}`, async () => {
        await enters(await startNginx(rig, `optional-${id}`, ofNginx, "ssl_verify_client optional;"));
      });
    }

    test("Apache asks for the certificate in one directory, by renegotiation in TLS 1.2", async () => {
      const url = await startApache(rig, `directory-${name}`, "SSLProtocol -all +TLSv1.2", "<Location /area>", "SSLVerifyClient require", "</Location>");
      dialogs.expect({ pin: rightPIN });
      assert.match(await visit(browser, url), /CN=\(none\)/); // the rest of the portal wants nobody's certificate
      await enters(`${url}area/`);
    });

    test("Apache cannot ask in one directory in TLS 1.3: browsers know no post-handshake authentication", async () => {
      const url = await startApache(rig, `later-${name}`, "SSLProtocol -all +TLSv1.3", "<Location /area>", "SSLVerifyClient require", "</Location>");
      dialogs.expect();
      assert.match(await visit(browser, `${url}area/`), /Forbidden|^error: /);
      assert.equal(dialogs.count, 0);
    });
  });
}
