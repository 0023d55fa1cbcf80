// SPDX-License-Identifier: EUPL-1.2

// What the popup says of a status: names of texts in _locales, no text and no page.

import type { CardStatus, ExtensionStatus } from "./status";

/** A text of _locales, with what stands for $1 in it. */
export interface Text {
  readonly key: string;
  readonly value?: string;
}

export interface Advice {
  readonly mood: "good" | "wait" | "bad";
  readonly agent: Text;
  readonly card?: Text;
  readonly next: Text;
  readonly notes: readonly Text[];
}

/** The codes of PROTOCOL.md, section 5, that a status can name and that have words of their own. */
export const problems: ReadonlySet<string> = new Set([
  "PIN_BLOCKED", "PUK_BLOCKED", "CARD_NOT_ACTIVATED", "CARD_UNSUPPORTED", "CARD_BUSY", "CERTIFICATE_EXPIRED",
  "CERTIFICATE_NOT_YET_VALID", "CERTIFICATE_MISSING", "READER_LIMITED", "PCSC_UNAVAILABLE",
]);

const fewTries = 2; // of three
const soon = 60; // days before the certificate expires

export function advise(status: ExtensionStatus | null): Advice {
  if (status === null) {
    return { mood: "bad", agent: { key: "agentMissing" }, next: { key: "nextAgentMissing" }, notes: [] };
  }
  const { card } = status;
  const agent = { key: "agentReady", value: status.bridge };
  if (card.state === "ready" && card.problem === null) {
    return { mood: "good", agent, card: { key: "card_ready" }, next: { key: "next_ready" }, notes: notes(card) };
  }
  const problem = problemOf(card);
  const name = problem ?? card.state.replace("-", "_");
  return { mood: problem === undefined ? "wait" : "bad", agent, card: { key: `card_${name}` }, next: { key: `next_${name}` }, notes: [] };
}

// A code such as NO_CARD says no more than the state does, which has words of its own.
function problemOf({ state, problem }: CardStatus): string | undefined {
  if (problem !== null && problems.has(problem)) {
    return problem;
  }
  return state === "ready" ? "problem" : undefined;
}

function notes({ pin, expiresInDays }: CardStatus): Text[] {
  const said: Text[] = [];
  if (pin.triesLeft === 1) {
    said.push({ key: "noteLastTry" });
  } else if (pin.triesLeft !== null && pin.triesLeft <= fewTries) {
    said.push({ key: "noteTries", value: String(pin.triesLeft) });
  }
  if (expiresInDays !== null && expiresInDays <= soon) {
    said.push({ key: "noteExpires", value: String(Math.max(0, expiresInDays)) });
  }
  return said;
}
