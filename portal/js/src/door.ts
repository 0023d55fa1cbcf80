// SPDX-License-Identifier: BSD-3-Clause

import type { Request } from "./messages.js";

/** A way to the agent. What travels on it is the same for both. */
export interface Door {
  readonly kind: "extension" | "websocket";
  /** Who hears what comes through. Set once, before the first send. */
  listener: Listener | undefined;
  send(request: Request): void;
  close(): void;
}

export interface Listener {
  /** The request is on its way (only the extension says so). */
  accepted(id: unknown): void;
  message(rpc: unknown): void;
  /** All that was asked and watched is gone. Can the door be used again? */
  lost(why: "USER_CANCELLED" | "BRIDGE_UNREACHABLE", usable: boolean): void;
}
