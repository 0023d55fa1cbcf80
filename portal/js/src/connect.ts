// SPDX-License-Identifier: BSD-3-Clause

import type { Door } from "./door.js";
import { fail, PonteError } from "./errors.js";
import { ExtensionDoor } from "./extension.js";
import { isHello } from "./messages.js";
import { Ponte } from "./ponte.js";
import { Session } from "./session.js";
import { openWebSocket } from "./websocket.js";

const protocol = 1;

export interface ConnectOptions {
  /** Your portal's program: at most 64 characters each. */
  readonly client: { readonly name: string; readonly version: string };
  /** Language of the hints of this library; without it the page's, then the browser's. */
  readonly lang?: "it" | "en" | "de";
  /** Which doors may be tried; both without it. In a page that opens without a click, "extension" alone asks nobody
   * anything: a WebSocket makes Chromium, and at a new site the agent, put a question to the citizen. */
  readonly doors?: readonly ("extension" | "websocket")[];
  /** ms to wait until the extension shows itself; 600 without it. */
  readonly extensionTimeoutMs?: number;
  /** ms to wait for a WebSocket that a dialog of the agent or of the browser holds; 90,000 without it. */
  readonly webSocketTimeoutMs?: number;
  /** ms to wait for any answer that no human has to give; 10,000 without it. */
  readonly answerTimeoutMs?: number;
  /** Gives up: the call fails with USER_CANCELLED. */
  readonly signal?: AbortSignal;
}

/** Finds the citizen's agent: through the extension, else through the WebSocket. Call it from a click handler: to a site
 * that the citizen does not use yet, Ponte shows itself only during a click. */
export async function connect(options: ConnectOptions): Promise<Ponte> {
  const { lang, signal, doors = ["extension", "websocket"], extensionTimeoutMs = 600, webSocketTimeoutMs = 90_000 } = options;
  if (!isSecureContext) {
    throw fail("ORIGIN_INSECURE", lang);
  }
  if (inForeignFrame()) {
    throw fail("ORIGIN_DENIED", lang); // no door would open, and what each says would be of no help
  }
  let missing = fail("EXTENSION_MISSING", lang);
  if (doors.includes("extension")) {
    try {
      return await greet(new ExtensionDoor(), options, extensionTimeoutMs); // the first message leaves within the click
    } catch (error) {
      if (!(error instanceof PonteError) || (error.code !== "EXTENSION_MISSING" && error.code !== "BRIDGE_UNREACHABLE")) {
        throw error;
      }
      missing = error;
    }
  }
  const door = doors.includes("websocket") ? await openWebSocket(webSocketTimeoutMs, signal) : "nobody";
  if (typeof door !== "string") {
    return greet(door, options, extensionTimeoutMs);
  }
  if (signal?.aborted) {
    throw fail("USER_CANCELLED", lang);
  }
  // An extension that is there but finds no agent says more than a second door that is shut as well.
  throw missing.code === "EXTENSION_MISSING" && door === "blocked" ? fail("LOCAL_NETWORK_BLOCKED", lang) : missing;
}

/** Is a page of another site around this one? Only the top document may call, or a frame whose ancestors are all of its
 * own origin: no page may show another one's login as its own. */
function inForeignFrame(): boolean {
  try {
    for (let page: Window = window; page !== page.parent; page = page.parent) {
      if (page.parent.location.origin !== location.origin) {
        return true;
      }
    }
    return false;
  } catch {
    return true; // the browser keeps pages of other origins from each other
  }
}

async function greet(door: Door, { client, lang, signal, answerTimeoutMs = 10_000 }: ConnectOptions, accept: number): Promise<Ponte> {
  const session = new Session(door, lang);
  try {
    const hello = await session.call("bridge.hello", { protocol, client }, isHello, { answer: answerTimeoutMs, accept, signal });
    if (hello.protocol !== protocol) {
      throw fail("VERSION_MISMATCH", lang);
    }
    return new Ponte(session, hello, answerTimeoutMs);
  } catch (error) {
    session.close();
    throw error;
  }
}
