// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

import { connect } from "./bridge.js";
import { doing, Failure, onClick, text } from "./failure.js";

onClick(/** @type {HTMLButtonElement} */ (document.getElementById("login")), async () => {
  doing("connect");
  const bridge = await connect(); // first of all, within the click
  if (!bridge) throw new Failure(text("library"), text("help"));
  try {
    const { nonce = "" } = await ask("/auth/challenge");
    doing("pin");
    const token = await bridge.login(nonce, { lang: document.documentElement.lang });
    doing("verify");
    const { next = "/" } = await ask("/auth/login", { nonce, token });
    location.assign(next);
  } finally {
    bridge.close();
  }
});

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
  if (!response.ok) throw new Failure(answer["detail"] ?? "", "", answer["code"]); // a Problem of portal.Handler
  return answer;
}
