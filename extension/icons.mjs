// SPDX-License-Identifier: EUPL-1.2

// Draws icons/*.png from icons/icon.svg with a headless Chromium. Run it by hand after the drawing changes:
//   CHROMIUM=/path/to/chromium node extension/icons.mjs

import { readFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";

const icons = new URL("icons/", import.meta.url);
const svg = await readFile(new URL("icon.svg", icons), "base64");
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const size of [16, 32, 48, 128]) {
    const page = await browser.newPage();
    await page.setViewport({ width: size, height: size });
    await page.setContent(`<style>body{margin:0}img{display:block}</style><img width="${size}" height="${size}" src="data:image/svg+xml;base64,${svg}">`);
    await page.screenshot({ path: new URL(`${size}.png`, icons).pathname, omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
}
