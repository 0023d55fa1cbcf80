// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The citizen at the dialogs. A script stands where pinentry would; for each dialog it takes the next answer of the
// test: the real pinentry-gtk-2 with its window, or a dialog without a window that answers at once.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { built } from "./places.mjs";

export const rightPIN = "13572468";
export const wrongPIN = "00000000";

/**
 * What happens at one dialog: a PIN is typed (after a time, as "33s"), a button is pressed, or a real window appears.
 * @typedef {{pin: string, after?: string} | {press: "ok" | "notok" | "cancel"} | "window"} Answer
 */

/**
 * What one dialog said.
 * @typedef {{kind: "pin" | "question" | "window", text: string, error: string, ok: string, other: string, cancel: string}} Shown
 */

const script = `#!/bin/sh
# Takes the answer for this dialog, and notes that it was shown.
dir=$1
n=$(($(cat "$dir/count" 2>/dev/null || echo 0) + 1))
echo "$n" > "$dir/count"
[ -f "$dir/answer.$n" ] || exit 1
. "$dir/answer.$n"
PONTE_TEST_PINENTRY_LOG=$dir/shown.$n
export PONTE_TEST_PIN PONTE_TEST_PIN_AFTER PONTE_TEST_CONFIRM PONTE_TEST_PINENTRY_LOG
`;

export class Dialogs {
  #dir;
  program;

  /** @param {string} dir a directory of its own */
  constructor(dir) {
    this.#dir = dir;
    mkdirSync(dir);
    this.program = join(dir, "pinentry");
    writeFileSync(this.program, script.replace("$1", dir) + `
if [ -n "$WINDOW" ]; then : > "$dir/shown.$n"; exec pinentry-gtk-2; fi
exec '${built("ponte-testcard")}' pinentry
`);
    chmodSync(this.program, 0o700);
  }

  /**
   * Says what the citizen will do at the next dialogs. A dialog that no answer is for cannot be shown.
   * @param {Answer[]} answers
   */
  expect(...answers) {
    for (const file of readdirSync(this.#dir)) {
      if (file !== "pinentry") {
        rmSync(join(this.#dir, file));
      }
    }
    answers.forEach((answer, i) => {
      writeFileSync(join(this.#dir, `answer.${i + 1}`), sentence(answer));
    });
  }

  /** How many dialogs have been opened since expect. */
  get count() {
    const file = join(this.#dir, "count");
    return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  }

  /** What the dialogs since expect have said, in order. */
  get shown() {
    return Array.from({ length: this.count }, (_, i) => {
      const file = join(this.#dir, `shown.${i + 1}`);
      return parse(existsSync(file) ? readFileSync(file, "utf8") : "");
    });
  }
}

/** @param {Answer} answer */
function sentence(answer) {
  if (answer === "window") {
    return "WINDOW=yes\n";
  }
  return "pin" in answer ? `PONTE_TEST_PIN=${answer.pin}\nPONTE_TEST_PIN_AFTER=${answer.after ?? ""}\n` : `PONTE_TEST_CONFIRM=${answer.press}\n`;
}

/**
 * @param {string} log Assuan commands, one in a line
 * @returns {Shown}
 */
function parse(log) {
  /** @param {string} command */
  const last = (command) => decodeURIComponent(log.split("\n").findLast((line) => line.startsWith(`${command} `))?.slice(command.length + 1) ?? "");
  const kind = /^GETPIN/m.test(log) ? "pin" : /^CONFIRM/m.test(log) ? "question" : "window";
  return { kind, text: last("SETDESC"), error: last("SETERROR"), ok: last("SETOK"), other: last("SETNOTOK"), cancel: last("SETCANCEL") };
}
