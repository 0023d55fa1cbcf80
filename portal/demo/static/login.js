// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

import { connect } from "./bridge.js";

const button = /** @type {HTMLButtonElement} */ (document.getElementById("login"));
const progress = /** @type {HTMLElement} */ (document.getElementById("progress"));
const errorArea = /** @type {HTMLElement} */ (document.getElementById("error"));

/** A failure with the two sentences that the citizen reads. */
class Failure extends Error {
  /** @param {string} what @param {string} next @param {string} [code] for tests */
  constructor(what, next, code = "") {
    super(what);
    this.next = next;
    this.code = code;
  }
}

/** @param {string} key @returns {string} a text of the page, in its language */
function text(key) {
  const element = document.querySelector(`template[data-text="${CSS.escape(key)}"]`);
  return element instanceof HTMLTemplateElement ? (element.content.textContent ?? "") : "";
}

button.addEventListener("click", () => {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true"); // not disabled: the focus stays where it is
  errorArea.replaceChildren();
  login()
    .then((next) => { location.assign(next); })
    .catch((/** @type {unknown} */ error) => {
      show(error);
      progress.textContent = "";
      button.removeAttribute("aria-disabled");
    });
});

/** @returns {Promise<string>} the page where to go */
async function login() {
  progress.textContent = text("connect");
  const bridge = await connect(); // first of all, within the click
  if (!bridge) throw new Failure(text("library"), text("help"));
  try {
    const { nonce = "" } = await ask("/auth/challenge");
    progress.textContent = text("pin");
    const token = await bridge.login(nonce, { lang: document.documentElement.lang });
    progress.textContent = text("verify");
    const { next = "/" } = await ask("/auth/login", { nonce, token });
    return next;
  } finally {
    bridge.close();
  }
}

/**
 * @param {string} path
 * @param {object} [body] makes it a POST
 * @returns {Promise<Record<string, string>>}
 */
async function ask(path, body) {
  /** @type {RequestInit} */
  const request = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const response = await fetch(path, request).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  if (!response || !answer) throw new Failure(text("network"), text("retry"));
  if (!response.ok) throw new Failure(answer["title"] ?? "", "", answer["reason"]);
  return answer;
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
