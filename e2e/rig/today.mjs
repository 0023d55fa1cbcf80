// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Browsers on today's portals: the card's certificate through libponte-pkcs11, registered by Ponte's own command.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumUnder, startChromium, startFirefox } from "./browsers.mjs";

/** @typedef {import("puppeteer-core").Browser} Browser */
/** @typedef {import("./rig.mjs").Rig} Rig */

/**
 * Starts Chromium, which takes the card's certificate without asking which, by a policy.
 * @param {Rig} rig
 * @param {{ which?: { pattern: string, filter: object }[], onScreen?: boolean }} [options] certificates for which pages
 */
export async function chromiumWithCard(rig, { which = [{ pattern: "https://portal.test", filter: {} }], onScreen = false } = {}) {
  const { program } = chromiumUnder(rig, { AutoSelectCertificateForUrls: which.map((rule) => JSON.stringify(rule)) });
  await rig.agent.command("browsers", "register", "--tls");
  return startChromium(rig, { extension: false, program, onScreen });
}

/**
 * Starts Firefox, which does so by a setting of its own.
 * @param {Rig} rig
 * @param {{ onScreen?: boolean }} [options]
 */
export async function firefoxWithCard(rig, { onScreen = false } = {}) {
  const home = join(rig.dir, "home", ".mozilla", "firefox");
  const profile = join(home, "citizen");
  mkdirSync(profile, { recursive: true });
  writeFileSync(join(home, "profiles.ini"), "[Profile0]\nName=citizen\nIsRelative=1\nPath=citizen\n");
  await rig.agent.command("browsers", "register", "--tls");
  return startFirefox(rig, { extension: false, onScreen, profile, prefs: { "security.default_personal_cert": "Select Automatically" } });
}

/**
 * What a page shows in a tab of its own: the holder's fiscal code is in it, or the browser's own error. An own tab, because
 * puppeteer now and then waits in vain for what follows an error page of Firefox, with or without a module.
 * @param {Browser} browser
 * @param {string} url
 */
export async function visit(browser, url) {
  const tab = await browser.newPage();
  try {
    await tab.goto(url, { timeout: 40_000 });
    return await tab.evaluate(() => document.body.innerText);
  } catch (error) {
    return `error: ${String(error)}`;
  } finally {
    await tab.close();
  }
}
