// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Logs in to a portal with a virtual card, in a headless Chromium with the extension. The portal here is ponte-demo: put
// your own in its place, with card.authority among the authorities that it trusts.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { chromium, expect, test } from "@playwright/test";
import { VirtualCard } from "./virtual-card.mjs";

const bin = process.env["PONTE_BIN"] ?? join(import.meta.dirname, "..", "..", "bin");
const card = new VirtualCard({ bin });
const origin = `http://localhost:${await freePort()}`;

/** @type {import("@playwright/test").BrowserContext} */
let context;
/** @type {import("node:child_process").ChildProcess} */
let portal;

test.beforeAll(async () => {
  await card.start();
  portal = spawn(join(bin, "ponte-demo"), [
    "--trust", card.authority, "--listen", new URL(origin).host, "--origin", origin, "--assets", join(bin, "demo-assets"),
  ], { env: card.env, stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface(/** @type {import("node:stream").Readable} */ (portal.stdout))) {
    if (line.startsWith("ponte-demo ready")) break;
  }
  const { profile, args } = await card.browser();
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", // Debian's; branded Chrome takes no --load-extension
    chromiumSandbox: process.getuid?.() !== 0,
    env: card.env,
    locale: "it-IT",
    args,
    ignoreDefaultArgs: ["--disable-extensions"],
  });
});

test.afterAll(async () => {
  await context?.close();
  portal?.kill();
  await card.stop();
});

test("a citizen logs in with the card, and the portal says who it is", async () => {
  const page = await context.newPage();
  card.types(VirtualCard.pin);
  await page.goto(`${origin}/?lang=it`);
  await page.getByRole("button", { name: "Entra con CNS" }).click();
  await expect(page.locator("#fiscal-code")).toHaveText("RSSGPR84S63H501C");
  expect(card.dialogs).toContain(new URL(origin).host); // the dialog names the portal
});

test("after a wrong PIN the dialog asks again, and the portal hears nothing of it", async () => {
  await context.clearCookies();
  const page = await context.newPage();
  card.types("00000000", VirtualCard.pin);
  await page.goto(`${origin}/?lang=it`);
  await page.getByRole("button", { name: "Entra con CNS" }).click();
  await expect(page.locator("#fiscal-code")).toBeVisible();
  expect(card.dialogs).toContain("PIN errato");
});

test("a citizen who cancels is told so, and may try again", async () => {
  await context.clearCookies();
  const page = await context.newPage();
  card.types();
  await page.goto(`${origin}/?lang=it`);
  await page.getByRole("button", { name: "Entra con CNS" }).click();
  await expect(page.getByRole("alert")).toContainText("annullata");
});

test("a card whose PIN is blocked is explained", async () => {
  await card.become("blocked");
  const page = await context.newPage();
  await page.goto(`${origin}/?lang=it`);
  await page.getByRole("button", { name: "Entra con CNS" }).click();
  await expect(page.getByRole("alert")).toContainText("PUK");
  await card.become("ok");
});

test("when the card is pulled, the portal logs out", async () => {
  await context.clearCookies();
  const page = await context.newPage();
  card.types(VirtualCard.pin);
  await page.goto(`${origin}/?lang=it`);
  await page.getByRole("button", { name: "Entra con CNS" }).click();
  await expect(page.locator("#fiscal-code")).toBeVisible();
  await card.eject();
  await expect(page.locator("#notice")).toContainText("tessera");
});

/** @returns {Promise<number>} a port of loopback that nobody listens on */
async function freePort() {
  return new Promise((give, fail) => {
    const server = createServer().once("error", fail).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => { give(typeof address === "object" && address !== null ? address.port : 0); });
    });
  });
}
