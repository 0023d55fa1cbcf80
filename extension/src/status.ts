// SPDX-License-Identifier: EUPL-1.2

// The result of extension.status (PROTOCOL.md, sections 2 and 4), as the popup needs it: the agent's own words.

import { isObject } from "./messages";

export const moods = ["good", "wait", "bad"] as const;
export type Mood = (typeof moods)[number];

/** How card and reader are, in the citizen's language. An empty text has nothing to say. */
export interface Advice {
  readonly mood: Mood;
  readonly title: string;
  readonly cause: string;
  readonly next: string;
  readonly where: string;
  readonly notes: readonly string[];
}

export interface ExtensionStatus {
  readonly bridge: string;
  readonly language: string;
  readonly advice: Advice;
  readonly updateNotice: boolean; // may it be said that a newer version is out?
}

/** From the background to the popup; null when the agent cannot be reached. */
export interface StatusAnswer {
  readonly status: ExtensionStatus | null;
}

const maxText = 2000; // characters; the longest that the agent has are some 400
const maxNotes = 10;

function isText(v: unknown): v is string {
  return typeof v === "string" && v.length <= maxText;
}

function isMood(v: unknown): v is Mood {
  return moods.some((mood) => mood === v);
}

function readAdvice(v: unknown): Advice | null {
  if (!isObject(v) || !isMood(v.mood)) {
    return null;
  }
  const { mood, title, cause = "", next = "", where = "", notes = [] } = v;
  if (!isText(title) || !isText(cause) || !isText(next) || !isText(where) || !Array.isArray(notes) || notes.length > maxNotes) {
    return null;
  }
  return notes.every(isText) ? { mood, title, cause, next, where, notes } : null;
}

/** What the agent answers, or null when it is nothing that can be shown. Members with nothing to say may be missing. */
export function readStatus(v: unknown): ExtensionStatus | null {
  const advice = isObject(v) ? readAdvice(v.advice) : null;
  if (!isObject(v) || !isText(v.bridge) || !isText(v.language) || advice === null) {
    return null;
  }
  return { bridge: v.bridge, language: v.language, advice, updateNotice: v.updateNotice === true };
}
