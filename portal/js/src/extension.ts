// SPDX-License-Identifier: BSD-3-Clause

import type { Door, Listener } from "./door.js";
import { isObject, type Request } from "./messages.js";

/** The browser extension, which hears the page's own messages (PROTOCOL.md, section 2). Whether it is there shows only
 * when it accepts a request. */
export class ExtensionDoor implements Door {
  readonly kind = "extension";
  listener: Listener | undefined;

  constructor() {
    addEventListener("message", this.#hear);
    addEventListener("pagehide", this.#leave);
    addEventListener("pageshow", this.#wake);
  }

  send(request: Request): void {
    postMessage({ ponte: "request", rpc: request }, location.origin);
  }

  close(): void {
    removeEventListener("message", this.#hear);
    removeEventListener("pagehide", this.#leave);
    removeEventListener("pageshow", this.#wake);
    this.listener = undefined;
  }

  readonly #hear = (event: MessageEvent<unknown>): void => {
    const { data } = event;
    if (event.source !== window || event.origin !== location.origin || !isObject(data)) {
      return;
    }
    if (data.ponte === "accepted") {
      this.listener?.accepted(data.id);
    } else if (data.ponte === "message" && isObject(data.rpc)) {
      if (data.rpc.id === null && data.rpc.error !== undefined) {
        this.listener?.lost(true); // not an answer: the whole channel is gone
      } else {
        this.listener?.message(data.rpc);
      }
    }
  };

  // The extension drops what we have asked when the page is left; from the back/forward cache the page may come back.
  // Both events are needed: what the page asks in a pageshow listener that runs before ours is asked anew.
  readonly #leave = (): void => {
    this.listener?.left();
  };

  readonly #wake = (event: PageTransitionEvent): void => {
    if (event.persisted) {
      this.listener?.back();
    }
  };
}
