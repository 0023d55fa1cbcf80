// SPDX-License-Identifier: EUPL-1.2

// A browser as far as the built scripts see it: chrome, window, ports. The scripts run unchanged in a vm context.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

export const portal = "https://portal.example";
export const built = process.env.PONTE_BUILT ?? "";
export const root = process.cwd();

export function texts(language: string): Record<string, { message: string }> {
  return JSON.parse(readFileSync(join(root, "extension/_locales", language, "messages.json"), "utf8")) as Record<string, { message: string }>;
}

const italian = texts("it");
export const hint = (code: string): string => italian[`hint_${code}`]?.message ?? "";
const i18n = { getMessage: (key: string): string => italian[key]?.message ?? "" };

/** What crossed a border, as plain data of this realm. */
function plain(v: unknown): unknown {
  return JSON.parse(JSON.stringify(v)) as unknown;
}

class FakeEvent<T extends unknown[]> {
  readonly listeners: ((...args: T) => void)[] = [];
  addListener(f: (...args: T) => void): void {
    this.listeners.push(f);
  }
  fire(...args: T): void {
    for (const f of this.listeners) {
      f(...args);
    }
  }
}

/** One end of a port, held by the script under test; the test plays the other end. */
export class FakePort {
  readonly sent: unknown[] = [];
  open = true;
  readonly onMessage = new FakeEvent<[unknown]>();
  readonly onDisconnect = new FakeEvent<[]>();
  constructor(readonly sender?: object, readonly name = "") {}

  postMessage(m: unknown): void {
    if (!this.open) {
      throw new Error("Attempting to use a disconnected port object");
    }
    this.sent.push(plain(m));
  }
  disconnect(): void {
    this.open = false; // as in browsers, one's own end does not fire onDisconnect
  }

  /** The other end says m. */
  say(m: unknown): void {
    this.onMessage.fire(m);
  }
  /** The other end is gone. */
  die(): void {
    this.open = false;
    this.onDisconnect.fire();
  }
  /** What was sent since the last call. */
  take(): unknown[] {
    return this.sent.splice(0);
  }
}

/** A page with the content script in it. */
export class FakePage {
  readonly heard: { message: unknown; target: unknown }[] = [];
  readonly ports: FakePort[] = [];
  readonly navigator = { userActivation: { isActive: false } };
  readonly document = Object.assign(new EventTarget(), { prerendering: false });
  readonly window: Record<string, unknown>;
  orphan = false; // the extension was updated: this script can no longer connect
  readonly #listeners = new Map<string, ((event: object) => void)[]>();

  constructor(readonly origin = portal, around?: object) {
    this.window = {
      postMessage: (message: unknown, target: unknown) => this.heard.push({ message: plain(message), target }),
      location: { origin },
    };
    this.window.parent = around ?? this.window;
    const connect = ({ name }: { name: string }): FakePort => {
      if (this.orphan) {
        throw new Error("Extension context invalidated.");
      }
      const port = new FakePort(undefined, name);
      this.ports.push(port);
      return port;
    };
    vm.runInNewContext(readFileSync(join(built, "chrome/content.js"), "utf8"), {
      addEventListener: (type: string, f: (event: object) => void) => {
        this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), f]);
      },
      window: this.window,
      document: this.document,
      navigator: this.navigator,
      location: { origin },
      chrome: { runtime: { connect }, i18n },
    });
  }

  get port(): FakePort {
    const last = this.ports.at(-1);
    if (last === undefined) {
      throw new Error("the content script has opened no port");
    }
    return last;
  }

  fire(type: string, event: object = {}): void {
    for (const f of this.#listeners.get(type) ?? []) {
      f(event);
    }
  }

  /** The page posts data to itself. */
  post(data: unknown, event: object = {}): void {
    this.fire("message", { source: this.window, origin: this.origin, data, ...event });
  }

  /** The page makes a request, during a click or not. */
  ask(id: number | string, { click = false, method = "card.status" } = {}): void {
    this.navigator.userActivation.isActive = click;
    this.post({ ponte: "request", rpc: { jsonrpc: "2.0", id, method } });
    this.navigator.userActivation.isActive = false;
  }

  /** What the page heard since the last call. */
  take(): unknown[] {
    return this.heard.splice(0).map(({ message }) => message);
  }
}

/** What the administrator has set, and what the extension has on disk. Whoever asks is answered by the test. */
export class FakeStorage {
  readonly disk: Record<string, unknown> = {};
  readonly onChanged = new FakeEvent<[object, string]>();
  readonly runtime: { lastError?: { message: string } } = {};
  readonly #told: ((v?: object) => void)[] = [];
  readonly #read: (() => void)[] = [];

  /** disk is what is on it; slow: it is read only when the test says so. */
  constructor(disk: object = {}, readonly slow = false) {
    Object.assign(this.disk, disk);
  }

  readonly managed = { get: (_: unknown, done: (v?: object) => void): void => { this.#told.push(done); } };
  readonly local = {
    get: (key: string, done: (v?: object) => void): void => {
      this.#read.push(() => { done(key in this.disk ? { [key]: plain(this.disk[key]) } : {}); });
      if (!this.slow) {
        this.read();
      }
    },
    set: async (v: object): Promise<void> => {
      await Promise.resolve();
      Object.assign(this.disk, plain(v));
    },
  };

  read(): void {
    for (const f of this.#read.splice(0)) {
      f();
    }
  }

  /** The browser tells what is set, or why it cannot. */
  tell(set: object | string): void {
    if (typeof set === "string") {
      this.runtime.lastError = { message: set };
    }
    for (const f of this.#told.splice(0)) {
      f(typeof set === "string" ? undefined : set);
    }
    delete this.runtime.lastError;
  }
}

/** The background script and the browser around it. */
export class FakeBrowser {
  readonly natives: FakePort[] = [];
  missing = false; // connectNative throws
  readonly #onConnect = new FakeEvent<[FakePort]>();

  constructor(readonly storage = new FakeStorage()) {
    const connectNative = (name: string): FakePort => {
      if (this.missing || name !== "it.ponte.host") {
        throw new Error("Specified native messaging host not found.");
      }
      const port = new FakePort();
      this.natives.push(port);
      return port;
    };
    vm.runInNewContext(readFileSync(join(built, "chrome/background.js"), "utf8"), {
      URL,
      TextEncoder,
      console: { info: () => undefined, warn: () => undefined },
      chrome: { runtime: Object.assign(storage.runtime, { connectNative, onConnect: this.#onConnect, getURL: (path: string) => `chrome-extension://own/${path}` }), i18n, storage },
    });
  }

  get native(): FakePort {
    const last = this.natives.at(-1);
    if (last === undefined) {
      throw new Error("the background has opened no native port");
    }
    return last;
  }

  connect(sender: object | undefined, name = ""): FakePort {
    const port = new FakePort(sender, name);
    this.#onConnect.fire(port);
    return port;
  }

  /** A document of the portal in tab 5. */
  document({ port = "", ...members }: { port?: string } & Record<string, unknown> = {}): FakePort {
    return this.connect({ origin: portal, url: `${portal}/login`, frameId: 0, documentId: "D1", tab: { id: 5 }, ...members }, port);
  }

  popup(): FakePort {
    return this.connect({ origin: "chrome-extension://own", url: "chrome-extension://own/popup.html" });
  }

  /** The host answers the last request of the extension's own channel. */
  answerOwn(result: unknown): void {
    const asked = this.native.take().at(-1) as { channel: string; rpc: { id: number } };
    this.native.say({ channel: "extension", rpc: { jsonrpc: "2.0", id: asked.rpc.id, result } });
  }
}

/** A call as the content script sends it. */
export function call(id: number | string, click = false, more: object = {}): object {
  return { click, rpc: { jsonrpc: "2.0", id, method: "card.status", ...more } };
}

/** A frame as the host gets it. */
export function frame(id: number | string, channel = "5.0.D1", more: object = {}): object {
  return { channel, origin: portal, rpc: { jsonrpc: "2.0", id, method: "card.status", ...more } };
}

export function accepted(id: number | string): object {
  return { ponte: "accepted", id };
}

export function reply(rpc: object): object {
  return { ponte: "message", rpc: { jsonrpc: "2.0", ...rpc } };
}

export function failed(id: number | string | null, code: string, retry: boolean, number = -32000): unknown {
  const messages: Record<string, string> = {
    BRIDGE_UNREACHABLE: "the agent cannot be reached",
    BRIDGE_BUSY: "another request is open",
    ORIGIN_DENIED: "this site may not ask",
    INVALID_ARGUMENT: "invalid argument",
  };
  return reply({ id, error: { code: number, message: messages[code], data: { code, retry, hint: hint(code) } } });
}

export const unreachable = (id: number | string | null): unknown => failed(id, "BRIDGE_UNREACHABLE", true);
export const invalid = (id: number | string): unknown => failed(id, "INVALID_ARGUMENT", false, -32602);
