// SPDX-License-Identifier: EUPL-1.2

// One document that talks to us: who it is (from the browser alone), whether it may speak, and what it is waiting for.

import { failure, hintOf, type FailureCode } from "./failure";
import type { Host, Speaker } from "./host";
import { inside, isCall, isObject, type Id, type Message, type Reply, type Request } from "./messages";
import { mayCall, parseOrigin } from "./origin";

/** Says which sites may ask at all. */
interface Rules {
  permits(origin: string): boolean;
}

const maxOpen = 32; // requests of one document: what we keep, not what the agent allows (section 6)

/** The name and origin of the document at the other end, or undefined when it may not call. That no page of another origin is
 * around a frame is the content script's word: the browser tells the background nothing of it. */
export function identify({ name, sender }: chrome.runtime.Port): { name: string; origin: string } | undefined {
  const origin = parseOrigin(sender?.origin ?? "");
  if (sender?.tab?.id === undefined || sender.frameId === undefined || name === inside || origin === undefined || !mayCall(origin)) {
    return undefined;
  }
  const id = sender.documentId ?? "";
  const document = /^[!-~]{1,100}$/.test(id) ? id : `p${++nameless}`;
  return { name: `${sender.tab.id}.${sender.frameId}.${document}`, origin };
}

let nameless = 0; // Firefox before documentId: the port stands for the document

/** Answers a caller that is no web site, or one inside another, and like all strangers only during a click. */
export function deny(port: chrome.runtime.Port): void {
  port.onMessage.addListener((m: unknown) => {
    if (isCall(m) && m.click) {
      say(port, { ponte: "message", rpc: failure(m.rpc.id, "ORIGIN_DENIED", hintOf("ORIGIN_DENIED")) });
    }
  });
}

/** Posts to a port that may have closed in this instant: then nobody is left to hear it. */
function say(port: chrome.runtime.Port, reply: Reply): void {
  try {
    port.postMessage(reply);
  } catch {
    // onDisconnect follows, and closes the document
  }
}

export class Document implements Speaker {
  #standing: "stranger" | "asking" | "refused" | "admitted" | "closed" = "stranger";
  #held: Request[] = []; // said before we know whether the site may speak
  #giveUp: (() => void) | undefined; // the question whether the agent knows the site
  readonly #open = new Set<Id>();

  constructor(
    readonly name: string, readonly origin: string, readonly port: chrome.runtime.Port, readonly host: Host, readonly rules: Rules,
  ) {}

  /** Takes a message of the content script. */
  receive(m: unknown): void {
    if (this.#standing === "closed" || !isCall(m)) {
      return;
    }
    if (!this.rules.permits(this.origin)) {
      if (m.click) {
        this.#bar(m.rpc.id);
      }
      return;
    }
    if (m.click) {
      this.#admit();
    }
    switch (this.#standing) {
      case "admitted":
        this.#forward(m.rpc);
        break;
      case "stranger":
        this.#held.push(m.rpc);
        this.#ask();
        break;
      case "asking":
        if (this.#held.length < maxOpen) {
          this.#held.push(m.rpc);
        }
        break;
      case "refused": // in silence: having a health-card bridge is private
        break;
    }
  }

  hear(rpc: Message): void {
    if ("method" in rpc || (rpc.id !== null && this.#open.delete(rpc.id))) {
      say(this.port, { ponte: "message", rpc });
    }
  }

  lost(): void {
    for (const id of this.#open) {
      this.#fail(id, "BRIDGE_UNREACHABLE");
    }
    this.#open.clear();
    this.#fail(null, "BRIDGE_UNREACHABLE");
  }

  /** The document is gone. */
  close(): void {
    this.#standing = "closed";
    this.#leave();
  }

  /** The rules have changed: a site that they leave out now loses what it has open. */
  recheck(): void {
    if (this.#standing === "closed" || this.rules.permits(this.origin)) {
      return;
    }
    this.#standing = "stranger";
    this.#leave();
    for (const id of this.#open) {
      this.#bar(id);
    }
    this.#open.clear();
  }

  #leave(): void {
    this.#held = [];
    this.#giveUp?.();
    this.host.close(this);
  }

  #ask(): void {
    this.#standing = "asking";
    this.#giveUp = this.host.ask("extension.knows", { origin: this.origin }, (result) => {
      if (this.#standing !== "asking") {
        return;
      }
      if (isObject(result) && result.known === true) {
        this.#admit();
      } else {
        this.#standing = "refused"; // until a click; a reload asks again
        this.#held = [];
      }
    });
  }

  #admit(): void {
    this.#standing = "admitted";
    const held = this.#held;
    this.#held = [];
    for (const rpc of held) {
      this.#forward(rpc);
    }
  }

  #forward(rpc: Request): void {
    if (this.#open.size >= maxOpen) {
      this.#fail(rpc.id, "BRIDGE_BUSY");
    } else if (this.#open.has(rpc.id) || !this.host.takes(this, rpc)) {
      this.#fail(rpc.id, "INVALID_ARGUMENT");
    } else {
      this.#open.add(rpc.id);
      say(this.port, { ponte: "accepted", id: rpc.id });
      this.host.send(this, rpc);
    }
  }

  #fail(id: Id | null, code: FailureCode): void {
    say(this.port, { ponte: "message", rpc: failure(id, code, hintOf(code)) });
  }

  #bar(id: Id): void {
    say(this.port, { ponte: "message", rpc: failure(id, "ORIGIN_DENIED", chrome.i18n.getMessage("notListed")) });
  }
}
