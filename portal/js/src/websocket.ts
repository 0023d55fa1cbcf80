// SPDX-License-Identifier: BSD-3-Clause

import type { Door, Listener } from "./door.js";
import type { Request } from "./messages.js";

const ports = [24880, 24881, 24882, 24883];
const subprotocol = "ponte.v1";
const held = 1000; // ms after which a connection is not refused by an empty port: a dialog, of the agent or of the browser, holds it

/** The WebSocket on this computer (PROTOCOL.md, section 3). */
export class WebSocketDoor implements Door {
  readonly kind = "websocket";
  listener: Listener | undefined;

  constructor(readonly socket: WebSocket) {
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const rpc = typeof data === "string" ? parse(data) : undefined;
      this.listener?.message(rpc);
    };
    socket.onclose = () => { this.listener?.lost(false); };
  }

  send(request: Request): void {
    this.socket.send(JSON.stringify(request));
  }

  close(): void {
    this.listener = undefined;
    this.socket.close(1000);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How an attempt on one port ended: slow means that a dialog held it. */
interface Attempt {
  readonly socket?: WebSocket;
  readonly slow: boolean;
}

async function attempt(port: number, limit: number, signal: AbortSignal | undefined): Promise<Attempt> {
  let socket: WebSocket;
  try {
    socket = new WebSocket(`ws://127.0.0.1:${port}/v1`, subprotocol);
  } catch {
    return { slow: false }; // the page's own policy forbids it
  }
  return new Promise((resolve) => {
    let slow = false;
    const timers = [setTimeout(() => { slow = true; }, held), setTimeout(stop, limit)];
    function end(opened: boolean): void {
      timers.forEach(clearTimeout);
      signal?.removeEventListener("abort", stop);
      socket.onopen = socket.onclose = socket.onerror = null;
      resolve(opened ? { socket, slow } : { slow });
    }
    function stop(): void {
      slow = true;
      end(false);
      socket.close();
    }
    signal?.addEventListener("abort", stop);
    // Chromium says only "error", and no "close", of a socket that the page's own policy forbids.
    socket.onclose = socket.onerror = () => { end(false); };
    socket.onopen = () => {
      const ours = socket.protocol === subprotocol;
      end(ours);
      if (!ours) {
        socket.close();
      }
    };
  });
}

/** Does the browser keep pages from loopback? Chromium does not tell a page why a socket failed (net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS). */
async function blocked(slow: boolean): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: "loopback-network" as PermissionName });
    // Chromium's question was closed without an answer. Firefox knows the permission but asks no question for sockets.
    return state === "denied" || (state === "prompt" && slow && "userAgentData" in navigator);
  } catch {
    return false; // a browser that knows no such permission
  }
}

async function tryPorts(limit: number, signal: AbortSignal | undefined): Promise<WebSocketDoor | "blocked" | "nobody"> {
  let slow = false;
  for (const port of ports) {
    if (signal?.aborted) {
      return "nobody";
    }
    const tried = await attempt(port, limit, signal);
    if (tried.socket !== undefined) {
      return new WebSocketDoor(tried.socket);
    }
    if (tried.slow) {
      slow = true;
      break; // somebody was asked and did not say yes: do not ask again on the next port
    }
  }
  return (await blocked(slow)) ? "blocked" : "nobody";
}

let turn: Promise<unknown> = Promise.resolve();

/** Opens the second door: one port after the other, one attempt at a time in the whole page. The agent may hold it for a
 * minute while the citizen answers a dialog. */
export async function openWebSocket(limit: number, signal: AbortSignal | undefined): Promise<WebSocketDoor | "blocked" | "nobody"> {
  const mine = turn.then(() => tryPorts(limit, signal));
  turn = mine.catch(() => undefined);
  return mine;
}
