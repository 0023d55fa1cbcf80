// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

// What pages say when something with the card has failed, and the texts that they have brought along.

/** A failure with the two sentences that the citizen reads. */
export class Failure extends Error {
  /** @param {string} what @param {string} next @param {string} [code] for tests */
  constructor(what, next, code = "") {
    super(what);
    this.next = next;
    this.code = code;
  }
}

/** @param {string} key @returns {string} a text of the page, in its language */
export function text(key) {
  const element = document.querySelector(`template[data-text="${CSS.escape(key)}"]`);
  return element instanceof HTMLTemplateElement ? (element.content.textContent ?? "") : "";
}

const progress = /** @type {HTMLElement} */ (document.getElementById("progress"));
const errorArea = /** @type {HTMLElement} */ (document.getElementById("error"));

/** @param {string} key a text of the page */
export function doing(key) {
  progress.textContent = text(key);
}

/**
 * Makes a click do something that takes time, once at a time, and shows why it has failed.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} work
 */
export function onClick(button, work) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true"); // not disabled: the focus stays where it is
    errorArea.replaceChildren();
    work().catch((/** @type {unknown} */ error) => {
      show(error);
      progress.textContent = "";
      button.removeAttribute("aria-disabled");
    });
  });
}

/** @param {unknown} error a Failure, or a PonteError {code, retry, hint} */
function show(error) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("failure"));
  const box = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const { what, next, code } = explain(error);
  /** @type {Element} */ (box.querySelector(".what")).textContent = what;
  const line = /** @type {Element} */ (box.querySelector(".next"));
  if (next) line.textContent = next;
  else line.remove();
  errorArea.dataset["code"] = code;
  errorArea.replaceChildren(box);
  errorArea.scrollIntoView({ block: "nearest" });
}

/**
 * The hint of a PonteError says what to do, in the citizen's language.
 * @param {unknown} error
 * @returns {{what: string, next: string, code: string}}
 */
function explain(error) {
  if (error instanceof Failure) return { what: error.message, next: error.next, code: error.code };
  const { code, hint, retry } = /** @type {{code?: unknown, hint?: unknown, retry?: unknown}} */ (error ?? {});
  if (typeof code !== "string" || typeof hint !== "string") {
    console.error(error);
    return { what: text("other"), next: text("help"), code: "" };
  }
  return { what: hint || text("other"), next: retry === true ? text("retry") : text("help"), code };
}
