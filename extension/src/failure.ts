// SPDX-License-Identifier: EUPL-1.2

import type { Id, Message } from "./messages";

// The errors that the extension itself answers with (PROTOCOL.md, section 5): number, text for developers, retry.
const failures = {
  BRIDGE_UNREACHABLE: [-32000, "the agent cannot be reached", true],
  BRIDGE_BUSY: [-32000, "another request is open", true],
  ORIGIN_DENIED: [-32000, "this site may not ask", false],
  INVALID_ARGUMENT: [-32602, "invalid argument", false],
} as const;

export type FailureCode = keyof typeof failures;

/** The texts of _locales for the citizen, by code. */
export function hintOf(code: FailureCode): string {
  return chrome.i18n.getMessage(`hint_${code}`);
}

/** The response that tells of a failure. With id null it speaks of the whole channel: its watches are gone. */
export function failure(id: Id | null, code: FailureCode, hint: string): Message {
  const [number, message, retry] = failures[code];
  return { jsonrpc: "2.0", id, error: { code: number, message, data: { code, retry, hint } } };
}
