// SPDX-License-Identifier: EUPL-1.2

// The one native port, shared by all documents and the popup: opened at the first message, closed when nobody needs it.

import { isEnvelope, maxFrame, type Id, type Message, type Request } from "./messages";

/** A document that speaks to the agent. */
export interface Speaker {
  readonly name: string;
  readonly origin: string;
  hear(message: Message): void;
  /** The agent is gone. */
  lost(): void;
}

const hostName = "it.ponte.host";
const ownChannel = "extension";
const maxDepth = 16 + 1; // levels of JSON arrays and objects in a message (section 6), and the envelope around it

/** Can the host take this frame? One that it cannot take would end the port for everybody. */
function fits(frame: object): boolean {
  try {
    const json = JSON.stringify(frame);
    return new TextEncoder().encode(json).length <= maxFrame && depth(json) <= maxDepth;
  } catch {
    return false;
  }
}

function depth(json: string): number {
  let level = 0;
  let deepest = 0;
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g)) {
    if (token === "{" || token === "[") {
      deepest = Math.max(deepest, ++level);
    } else if (token === "}" || token === "]") {
      level--;
    }
  }
  return deepest;
}

function frame(speaker: Speaker, rpc: Request): object {
  return { channel: speaker.name, origin: speaker.origin, rpc };
}

export class Host {
  #port: chrome.runtime.Port | undefined;
  #lastId = 0;
  readonly #speakers = new Map<string, Speaker>(); // who has spoken on this port
  readonly #asked = new Map<Id, (answer: unknown) => void>(); // requests of the extension itself
  readonly #guests = new Set<object>(); // popups

  /** Could this request be sent? */
  takes(speaker: Speaker, rpc: Request): boolean {
    return fits(frame(speaker, rpc));
  }

  /** Sends a document's request, which takes() has seen. */
  send(speaker: Speaker, rpc: Request): void {
    this.#speakers.set(speaker.name, speaker);
    this.#post(frame(speaker, rpc));
  }

  /** The document is gone, or gave up its port. */
  close(speaker: Speaker): void {
    if (this.#speakers.get(speaker.name) !== speaker) {
      return;
    }
    this.#speakers.delete(speaker.name);
    this.#post({ channel: speaker.name, closed: true });
    this.#release();
  }

  /** Asks for the extension itself; done gets the result, or undefined when there is none. Returns how to give up. */
  ask(method: string, params: object, done: (result: unknown) => void): () => void {
    const id = ++this.#lastId;
    this.#asked.set(id, done);
    this.#post({ channel: ownChannel, rpc: { jsonrpc: "2.0", id, method, params } });
    return () => {
      this.#asked.delete(id);
      this.#release();
    };
  }

  /** A popup is open: keep the port until it leaves. */
  welcome(guest: object): void {
    this.#guests.add(guest);
  }

  leave(guest: object): void {
    this.#guests.delete(guest);
    this.#release();
  }

  #post(frame: object): void {
    try {
      this.#port ??= this.#connect();
      this.#port.postMessage(frame);
    } catch {
      this.#die();
    }
  }

  #connect(): chrome.runtime.Port {
    const port = chrome.runtime.connectNative(hostName);
    port.onMessage.addListener((m: unknown) => {
      if (port === this.#port) {
        this.#hear(m);
      }
    });
    port.onDisconnect.addListener(() => {
      const reason = chrome.runtime.lastError?.message; // Chromium warns when nobody reads it
      if (port === this.#port) {
        console.info("native host:", reason ?? "closed");
        this.#die();
      }
    });
    return port;
  }

  #hear(m: unknown): void {
    if (!isEnvelope(m) || m.channel === "") {
      this.#die(); // the host speaks nonsense, or says that we do
      return;
    }
    if (m.channel !== ownChannel) {
      this.#speakers.get(m.channel)?.hear(m.rpc);
      return;
    }
    const id = "id" in m.rpc ? m.rpc.id : null;
    const done = id === null ? undefined : this.#asked.get(id);
    if (id === null || done === undefined) {
      return;
    }
    this.#asked.delete(id);
    done("result" in m.rpc ? m.rpc.result : undefined);
    this.#release();
  }

  /** Everybody who waits for the agent is told. The next message connects again. */
  #die(): void {
    const speakers = [...this.#speakers.values()];
    const asked = [...this.#asked.values()];
    this.#speakers.clear();
    this.#asked.clear();
    this.#port?.disconnect();
    this.#port = undefined;
    for (const speaker of speakers) {
      speaker.lost();
    }
    for (const done of asked) {
      done(undefined);
    }
  }

  #release(): void {
    if (this.#speakers.size + this.#asked.size + this.#guests.size === 0) {
      this.#port?.disconnect();
      this.#port = undefined;
    }
  }
}
