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
  /** The agent is gone, with all that was asked and watched. Can the door be used again? */
  lost(usable: boolean): void;
  /** The page is left: nobody waits for an answer any more. */
  left(): void;
  /** The page is back from the back/forward cache: what was watched is gone. */
  back(): void;
}
