// SPDX-License-Identifier: EUPL-1.2

// The messages of PROTOCOL.md, section 2, and the guards that admit them. Nothing here talks to anybody.

/** A JSON-RPC request id. */
export type Id = number | string;

/** A request of a page. Members are the page's own; the agent judges them. */
export interface Request {
  readonly id: Id;
  readonly method: string;
}

/** The data member of an error. */
export interface ErrorData {
  readonly code: string;
  readonly retry: boolean;
  readonly hint: string;
}

/** What the agent sends: a response, or a notification when it has a method. */
export type Message =
  | { readonly jsonrpc: "2.0"; readonly method: string; readonly params?: unknown }
  | { readonly jsonrpc: "2.0"; readonly id: Id | null; readonly result: unknown }
  | { readonly jsonrpc: "2.0"; readonly id: Id | null; readonly error: RpcError };

/** The error member of a response. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: ErrorData;
}

/** From the native host. */
export interface Envelope {
  readonly channel: string;
  readonly rpc: Message;
}

/** From the content script to the background: a page's request, and whether the page may speak on its own (section 2). */
export interface Call {
  readonly click: boolean;
  readonly rpc: Request;
}

/** What a page hears, through the content script. */
export type Reply = { readonly ponte: "accepted"; readonly id: Id } | { readonly ponte: "message"; readonly rpc: Message };

/** The most that a frame towards the agent may have (section 6). */
/** The name of a port from a frame that is in a page of another origin. */
export const inside = "inside";

export const maxFrame = 65_536;

const maxId = 64; // characters (section 6)

export function isObject(v: unknown): v is Readonly<Record<string, unknown>> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

export function isId(v: unknown): v is Id {
  return typeof v === "number" ? Number.isFinite(v) : typeof v === "string" && v.length <= 2 * maxId && Array.from(v).length <= maxId;
}

export function isRequest(v: unknown): v is Request {
  return isObject(v) && isId(v.id) && typeof v.method === "string";
}

/** Is this what a page posts? Everything else on the page's own message bus is none of our business. */
export function isPageRequest(v: unknown): v is { readonly rpc: Request } {
  return isObject(v) && v.ponte === "request" && isRequest(v.rpc);
}

export function isCall(v: unknown): v is Call {
  return isObject(v) && typeof v.click === "boolean" && isRequest(v.rpc);
}

function isErrorData(v: unknown): v is ErrorData {
  return isObject(v) && typeof v.code === "string" && typeof v.retry === "boolean" && typeof v.hint === "string";
}

function isRpcError(v: unknown): v is RpcError {
  return isObject(v) && typeof v.code === "number" && typeof v.message === "string" && (v.data === undefined || isErrorData(v.data));
}

export function isMessage(v: unknown): v is Message {
  if (!isObject(v) || v.jsonrpc !== "2.0") {
    return false;
  }
  if (v.id === undefined) {
    return typeof v.method === "string" && v.result === undefined && v.error === undefined;
  }
  return (v.id === null || isId(v.id)) && v.method === undefined && (v.error === undefined ? v.result !== undefined : v.result === undefined && isRpcError(v.error));
}

export function isEnvelope(v: unknown): v is Envelope {
  return isObject(v) && typeof v.channel === "string" && isMessage(v.rpc);
}

/** Is this what the background gives the content script? */
export function isReply(v: unknown): v is Reply {
  return isObject(v) && (v.ponte === "accepted" ? isId(v.id) : v.ponte === "message" && isMessage(v.rpc));
}
