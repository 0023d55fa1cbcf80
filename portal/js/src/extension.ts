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
    addEventListener("pageshow", this.#wake, true); // before the page's own listeners, which may call us
  }

  send(request: Request): void {
    postMessage({ ponte: "request", rpc: request }, location.origin);
  }

  close(): void {
    removeEventListener("message", this.#hear);
    removeEventListener("pageshow", this.#wake, true);
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
        this.listener?.lost("BRIDGE_UNREACHABLE", true); // not an answer: the whole channel is gone
      } else {
        this.listener?.message(data.rpc);
      }
    }
  };

  // Back from the back/forward cache: the extension dropped what we had asked when the page was left.
  readonly #wake = (event: PageTransitionEvent): void => {
    if (event.persisted) {
      this.listener?.lost("USER_CANCELLED", true);
    }
  };
}
