// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { test } from "node:test";
import { advise, problems, type Advice } from "../src/advice";
import { states, type CardStatus } from "../src/status";
import { texts } from "./fakes";

const languages = ["it", "en", "de"];

function status(card: Partial<CardStatus>): Parameters<typeof advise>[0] {
  return { bridge: "0.1.0", language: "it", card: { state: "ready", problem: null, pin: { triesLeft: 3, blocked: false }, expiresInDays: 900, ...card } };
}

function keys({ agent, card, next, notes }: Advice): string[] {
  return [agent, card, next, ...notes].flatMap((text) => (text === undefined ? [] : [text.key]));
}

test("an agent that does not answer is said, and nothing about the card", () => {
  assert.deepEqual(keys(advise(null)), ["agentMissing", "nextAgentMissing"]);
});

test("a problem is said even when the card answers", () => {
  const advice = advise(status({ problem: "PIN_BLOCKED", pin: { triesLeft: 0, blocked: true } }));
  assert.equal(advice.mood, "bad");
  assert.deepEqual(keys(advice), ["agentReady", "card_PIN_BLOCKED", "next_PIN_BLOCKED"]);
});

test("a problem without words of its own gets the general ones", () => {
  assert.deepEqual(keys(advise(status({ problem: "TOMORROWS_CODE" }))), ["agentReady", "card_problem", "next_problem"]);
});

test("what is in the reader speaks before a code that says the same", () => {
  const advice = advise(status({ state: "no-card", problem: "NO_CARD" }));
  assert.equal(advice.mood, "wait");
  assert.deepEqual(keys(advice), ["agentReady", "card_no_card", "next_no_card"]);
});

test("a ready card warns of the last tries and of its end", () => {
  assert.deepEqual(keys(advise(status({}))), ["agentReady", "card_ready", "next_ready"]);
  assert.deepEqual(advise(status({ pin: { triesLeft: 1, blocked: false }, expiresInDays: 60 })).notes, [{ key: "noteLastTry" }, { key: "noteExpires", value: "60" }]);
  assert.deepEqual(advise(status({ pin: { triesLeft: 2, blocked: false }, expiresInDays: null })).notes, [{ key: "noteTries", value: "2" }]);
  assert.deepEqual(advise(status({ pin: { triesLeft: null, blocked: false } })).notes, []);
});

test("every advice has words in every language", () => {
  const advices = [
    advise(null),
    ...states.map((state) => advise(status({ state }))),
    ...[...problems, "TOMORROWS_CODE"].map((problem) => advise(status({ problem }))),
    ...[1, 2].map((triesLeft) => advise(status({ pin: { triesLeft, blocked: false }, expiresInDays: 1 }))),
  ];
  for (const language of languages) {
    const known = texts(language);
    for (const key of advices.flatMap(keys)) {
      assert.ok(known[key]?.message, `${language}: ${key}`);
    }
  }
});

test("every language has the same texts, and $1 in the same ones", () => {
  const shape = (language: string): string[] => Object.entries(texts(language)).map(([key, { message }]) => `${key} ${message.includes("$1")} ${message.trim() !== ""}`);
  for (const language of languages) {
    assert.deepEqual(shape(language), shape("it"), language);
    assert.equal(texts(language).language?.message, language);
  }
});
