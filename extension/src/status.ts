// SPDX-License-Identifier: EUPL-1.2

// The result of extension.status (PROTOCOL.md, sections 2 and 4), as the popup needs it.

import { isObject } from "./messages";

export const states = ["no-reader", "no-card", "mute", "unknown", "ready"] as const;
export type State = (typeof states)[number];

export interface CardStatus {
  readonly state: State;
  readonly problem: string | null;
  readonly pin: { readonly triesLeft: number | null; readonly blocked: boolean };
  readonly expiresInDays: number | null;
}

export interface ExtensionStatus {
  readonly bridge: string;
  readonly language: string;
  readonly card: CardStatus;
}

/** From the background to the popup; null when the agent cannot be reached. */
export interface StatusAnswer {
  readonly status: ExtensionStatus | null;
}

function isNumberOrNull(v: unknown): v is number | null {
  return v === null || typeof v === "number";
}

export function isCardStatus(v: unknown): v is CardStatus {
  return (
    isObject(v) &&
    states.some((s) => s === v.state) &&
    (v.problem === null || typeof v.problem === "string") &&
    isObject(v.pin) &&
    isNumberOrNull(v.pin.triesLeft) &&
    typeof v.pin.blocked === "boolean" &&
    isNumberOrNull(v.expiresInDays)
  );
}

export function isExtensionStatus(v: unknown): v is ExtensionStatus {
  return isObject(v) && typeof v.bridge === "string" && typeof v.language === "string" && isCardStatus(v.card);
}

export function isStatusAnswer(v: unknown): v is StatusAnswer {
  return isObject(v) && (v.status === null || isExtensionStatus(v.status));
}
