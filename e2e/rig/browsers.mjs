// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The real browsers, with or without the extension, without or on the screen of the rig.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { hosts } from "./certificate.mjs";
import { built } from "./places.mjs";
import { run } from "./program.mjs";
import { limit } from "./wait.mjs";

/**
 * @typedef {import("puppeteer-core").Browser} Browser
 * @typedef {import("./rig.mjs").Rig} Rig
 * @typedef {{extension?: boolean, onScreen?: boolean, args?: string[], program?: string, profile?: string, prefs?: Record<string, unknown>}} Options prefs are Firefox's
 */

export const extensionId = "afhgdghiffjmodhneipilgfhopippnng";

/**
 * A Chromium that obeys these policies, which no other program sees.
 * @param {Rig} rig
 * @param {object} policies
 * @returns {{program: string, file: string}} what to start, and where the policies are
 */
export function chromiumUnder(rig, policies) {
  const etc = join(rig.dir, "etc-chromium");
  const file = join(etc, "policies", "managed", "rig.json");
  mkdirSync(join(etc, "policies", "managed"), { recursive: true });
  writeFileSync(file, JSON.stringify(policies));
  const program = join(rig.dir, "chromium");
  writeFileSync(program, `#!/bin/sh\nexec unshare --mount sh -c 'mount --bind "$0" /etc/chromium && exec /usr/bin/chromium "$@"' '${etc}' "$@"\n`);
  chmodSync(program, 0o700);
  return { program, file };
}

// For a machine that is broken, not for a slow one, as the limit of wait.mjs; puppeteer's own are half a minute.
const patience = { timeout: limit, protocolTimeout: 2 * limit };

/**
 * Makes a browser a part of a rig.
 * @param {Rig} rig
 * @param {Browser} browser
 */
function joins(rig, browser) {
  rig.endings.push(async () => browser.close());
  const newPage = browser.newPage.bind(browser);
  browser.newPage = async (...options) => {
    const page = await newPage(...options);
    page.setDefaultTimeout(limit);
    return page;
  };
  return browser;
}

/**
 * Starts Chromium, with a new profile unless one is given.
 * @param {Rig} rig
 * @param {Options} options
 * @returns {Promise<Browser>}
 */
export async function startChromium(rig, { extension = true, onScreen = false, args = [], program = "/usr/bin/chromium", profile = join(rig.dir, `chromium-${rig.endings.length}`) } = {}) {
  if (extension) {
    await run(built("ponte"), ["browsers", "register", "--dir", join(profile, "NativeMessagingHosts"), "--family", "chromium"], { env: rig.env });
    args = [`--load-extension=${built("extension", "chrome")}`, ...args];
  }
  const browser = await puppeteer.launch({
    executablePath: program,
    ignoreDefaultArgs: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--disable-dev-shm-usage", "--password-store=basic", "--ignore-certificate-errors", "--lang=it",
      `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(",")}`,
      `--user-data-dir=${profile}`, "--remote-debugging-port=0", ...(onScreen ? ["--window-size=1000,740"] : ["--headless=new"]), ...args, "about:blank",
    ],
    env: rig.env,
    defaultViewport: null,
    ...patience,
  });
  return joins(rig, browser);
}

/**
 * Starts Firefox, with a new profile unless one is given.
 * @param {Rig} rig
 * @param {Options} options
 * @returns {Promise<Browser>}
 */
export async function startFirefox(rig, { extension = true, onScreen = false, args = [], profile, prefs = {} } = {}) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: !onScreen,
    acceptInsecureCerts: true,
    extraPrefsFirefox: { "network.dns.localDomains": hosts.join(","), "intl.accept_languages": "it", "intl.locale.requested": "it", ...prefs },
    args,
    env: rig.env,
    defaultViewport: null,
    ...(profile === undefined ? {} : { userDataDir: profile }),
    ...patience,
  });
  joins(rig, browser);
  if (extension) {
    await run(built("ponte"), ["browsers", "register"], { env: rig.env });
    await browser.installExtension(built("extension", "firefox"));
  }
  return browser;
}
