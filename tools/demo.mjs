// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// make demo: a portal, an emulated health card in a real pcscd, the agent, and a browser with the extension. With a display
// you log in yourself; without one a script types the PIN, and the identity that the portal has verified is printed.
// It uses the rig of the end-to-end tests. Everything lives in a temporary directory and goes away at the end.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startChromium } from "../e2e/rig/browsers.mjs";
import { rightPIN } from "../e2e/rig/dialogs.mjs";
import { bin, built } from "../e2e/rig/places.mjs";
import { Program, run } from "../e2e/rig/program.mjs";
import { giada, matteo, Rig } from "../e2e/rig/rig.mjs";

const display = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => process.env[name]);
// make builds the agent with a card inside only where there is no virtual reader.
const virtualReader = !existsSync(join(bin, "ponte-demo-agent"));
const rig = new Rig("demo");

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}

/** What a program on the screen needs of the session that `make demo` runs in. */
function shareTheScreen() {
  for (const name of ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "LANG", "LANGUAGE", "LC_ALL"]) {
    const value = process.env[name];
    if (value !== undefined) {
      rig.env[name] = value;
    }
  }
}

/** Starts all but the browser. */
async function start() {
  rig.agent.configure({ developer_mode: true, ...(display ? {} : { pinentry_program: rig.dialogs.program }) });
  let authority;
  if (virtualReader) {
    say("Starting a smart card service with an emulated health card in its reader ...");
    await rig.pcscd.start();
    await rig.cards.start(rig.pcscd.port, giada, matteo);
    authority = rig.cards.authority;
    say("Starting the agent and a portal ...");
    await rig.agent.start();
  } else {
    say("No virtual reader on this system: starting an agent that brings an emulated health card along ...");
    const dir = join(rig.dir, "card");
    const agent = new Program(join(rig.logs, "agent.log"), { ...rig.env, PONTE_DEMO_DIR: dir }, built("ponte-demo-agent"), ["run"]);
    rig.endings.push(async () => agent.stop());
    await agent.line(/msg=ready/);
    authority = join(dir, "ca.pem");
  }
  await rig.portal.start(rig.logs, rig.env, authority, undefined);
}

/** The same login as a citizen's, with a script at the PIN dialog. */
async function headless() {
  say("No display: logging in with a headless Chromium, and a script types the PIN ...");
  rig.dialogs.expect({ pin: rightPIN });
  const page = await (await startChromium(rig)).newPage();
  const outcome = await rig.portal.login(page);
  if (!outcome.in) {
    throw new Error(`the login ended with ${outcome.code}: ${outcome.text}`);
  }
  say(`\nThe portal ${rig.portal.origin} has verified: ${outcome.name} ${await page.$eval("#surname", (e) => e.textContent)}, ` +
    `fiscal code ${outcome.fiscalCode}\n`);
}

/** The browser: Debian's Chromium, or where macOS has one. Branded Chrome takes no extension from its command line. */
function chromium() {
  const mac = ["Chromium", "Brave Browser", "Microsoft Edge"].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  return mac.find((path) => existsSync(path)) ?? "chromium";
}

/** Opens a browser on the screen and waits until it is closed. */
async function onScreen() {
  const profile = join(rig.dir, "profile");
  await run(built("ponte"), ["browsers", "register", "--dir", join(profile, "NativeMessagingHosts"), "--family", "chromium"], { env: rig.env });
  say(`
  1. In the browser that opens, press "Entra con CNS".
  2. Type this PIN in the window that names the site:   ${rightPIN}
`);
  if (virtualReader) {
    const control = `${built("ponte-testcard")} ctl --control ${join(rig.dir, "control.sock")}`;
    say(`  The card is emulated; everything else is real. To pull it or put it back, and see what the page does:
     ${control} eject
     ${control} insert
`);
  }
  const tray = new Program(join(rig.logs, "tray.log"), rig.env, built("ponte-tray"), []);
  rig.endings.push(async () => tray.stop());
  const session = ["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"].map((name) => `${name}=${rig.env[name]}`).join(" ");
  say(`  The icon of Ponte, where the desktop shows such icons, has a menu: control page, change of the PIN, diagnosis.
  Without an icon, the control page is opened by:
     env ${session} ${built("ponte")} panel
`);
  say("  Close the browser, or press Ctrl-C here, to end.\n");
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : []; // Chromium does not sandbox for root
  const browser = spawn(chromium(), [
    ...root, "--no-first-run", "--no-default-browser-check", "--disable-sync", "--password-store=basic",
    `--user-data-dir=${profile}`, `--load-extension=${built("extension", "chrome")}`, `${rig.portal.origin}/?lang=it`,
  ], { env: rig.env, stdio: "ignore" });
  await new Promise((closed, failed) => {
    browser.once("exit", closed);
    browser.once("error", failed);
    process.once("SIGINT", () => browser.kill());
    process.once("SIGTERM", () => browser.kill());
  });
}

try {
  shareTheScreen();
  await start();
  await (display ? onScreen() : headless());
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\nLogs are in ${rig.logs}\n`);
  process.exitCode = 1;
} finally {
  await rig.stop();
}
