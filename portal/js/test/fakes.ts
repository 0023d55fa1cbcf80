// SPDX-License-Identifier: BSD-3-Clause

// A page as far as the library sees it: window messages, WebSocket, permissions.

import { mock } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Request } from "../src/messages";

export const origin = "https://portal.example";
export const client = { name: "test", version: "1" };
export const nonce = "n".repeat(44);
export const ready = { state: "ready", problem: null, pin: { triesLeft: 3, blocked: false }, expiresInDays: 100 };
export const noCard = { state: "no-card", problem: "NO_CARD", pin: { triesLeft: null, blocked: false }, expiresInDays: null };
export const hello = { protocol: 1, bridge: "0.1.0", features: ["auth.login"] };
export const token = { unverifiedCertificate: "MII", algorithm: "RS256", signature: "c2ln", format: "web-eid:1.0", appVersion: "ponte/0.1.0" };

/** Lets everything that is ready happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await turn();
  }
}

export async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settle();
}

export class FakeSocket {
  static made: FakeSocket[] = [];
  static forbidden = false;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  protocol = "";
  closed = false;
  readonly sent: Request[] = [];

  constructor(readonly url: string, readonly wanted: string) {
    if (FakeSocket.forbidden) {
      throw new Error("SecurityError");
    }
    FakeSocket.made.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Request);
  }
  close(): void {
    this.closed = true;
  }

  async opens(protocol = "ponte.v1"): Promise<void> {
    this.protocol = protocol;
    this.onopen?.();
    await settle();
  }
  async fails(): Promise<void> {
    this.onclose?.();
    await settle();
  }
  async says(rpc: unknown): Promise<void> {
    this.onmessage?.({ data: typeof rpc === "string" || rpc instanceof ArrayBuffer ? rpc : JSON.stringify(rpc) });
    await settle();
  }
  /** Answers the last request. */
  async answers(outcome: object): Promise<void> {
    await this.says({ jsonrpc: "2.0", id: this.sent.at(-1)?.id, ...outcome });
  }
}

/** Installs itself as the globals of a page; one at a time. */
export class FakePage {
  readonly posted: { data: { ponte: string; rpc: Request }; target: unknown }[] = [];
  permission: string | undefined; // undefined: the browser knows no such permission
  parent: object = this; // of a top document, itself
  readonly #listeners = new Map<string, Set<(event: object) => void>>();

  constructor({ chromium = true, clicking = true } = {}) {
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
    FakeSocket.made = [];
    FakeSocket.forbidden = false;
    const globals: Record<string, unknown> = {
      window: this,
      location: { origin, host: new URL(origin).host },
      isSecureContext: true,
      document: { documentElement: { lang: "it" } },
      navigator: {
        ...(chromium && { userAgentData: {} }),
        userActivation: { isActive: clicking },
        language: "en-GB",
        permissions: {
          query: async ({ name }: { name: string }) => {
            if (this.permission === undefined || name !== "loopback-network") {
              throw new TypeError("no such permission");
            }
            return Promise.resolve({ state: this.permission });
          },
        },
      },
      WebSocket: FakeSocket,
      postMessage: (data: { ponte: string; rpc: Request }, target: unknown) => { this.posted.push({ data: structuredClone(data), target }); },
      addEventListener: (type: string, f: (event: object) => void) => {
        this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(f));
      },
      removeEventListener: (type: string, f: (event: object) => void) => { this.#listeners.get(type)?.delete(f); },
    };
    for (const [name, value] of Object.entries(globals)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }

  /** Puts the page into frames, the innermost first; undefined is a page that the browser keeps from this one. */
  within(...origins: (string | undefined)[]): void {
    let outer: object | undefined;
    for (const around of [...origins].reverse()) {
      const frame = {
        parent: {},
        get location(): object {
          if (around === undefined) {
            throw new DOMException("blocked", "SecurityError");
          }
          return { origin: around };
        },
      };
      frame.parent = outer ?? frame;
      outer = frame;
    }
    this.parent = outer ?? this;
  }

  /** The requests posted so far. */
  get requests(): Request[] {
    return this.posted.map(({ data }) => data.rpc);
  }
  get last(): Request {
    const rpc = this.requests.at(-1);
    if (rpc === undefined) {
      throw new Error("the page has posted nothing");
    }
    return rpc;
  }
  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  async fire(type: string, event: object): Promise<void> {
    for (const f of [...(this.#listeners.get(type) ?? [])]) {
      f(event);
    }
    await settle();
  }
  /** The extension posts data to the page. */
  async says(data: unknown, event: object = {}): Promise<void> {
    await this.fire("message", { source: this, origin, data, ...event });
  }
  async accepts(request = this.last): Promise<void> {
    await this.says({ ponte: "accepted", id: request.id });
  }
  async answers(outcome: object, request = this.last): Promise<void> {
    await this.says({ ponte: "message", rpc: { jsonrpc: "2.0", id: request.id, ...outcome } });
  }
  async changes(status: unknown): Promise<void> {
    await this.says({ ponte: "message", rpc: { jsonrpc: "2.0", method: "card.changed", params: status } });
  }
  /** The channel is gone, says the extension. */
  async loses(): Promise<void> {
    await this.answers(failed("BRIDGE_UNREACHABLE"), { ...this.last, id: null as unknown as string });
  }
}

export function failed(code: string, retry = true): object {
  return { error: { code: -32000, message: "in English", data: { code, retry, hint: "in italiano" } } };
}

/** The same promise, whose failure nobody has to have awaited yet. */
export function started<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** How a promise stands, without waiting for it. */
export async function outcome<T>(promise: Promise<T>): Promise<{ value?: T; error?: unknown } | "pending"> {
  const ended = promise.then((value) => ({ value }), (error: unknown) => ({ error }));
  await settle();
  return Promise.race([ended, turn("pending" as const)]);
}

/** The code with which a promise has failed. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const result = await outcome(promise);
  return result === "pending" ? result : (result.error as { code?: unknown } | undefined)?.code;
}
