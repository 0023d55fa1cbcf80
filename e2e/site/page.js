// SPDX-License-Identifier: EUPL-1.2

// What the pages of the test sites have in common.

import { connect } from "./ponte.js";

export const nonce = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH";

/** Everything that anybody has posted to this window, except its own requests. */
export const heard = [];
addEventListener("message", ({ data }) => {
  if (data?.ponte !== "request") heard.push(data);
});

export async function report(about, facts = {}) {
  await fetch("/report", { method: "POST", body: JSON.stringify({ about, origin: location.origin, heard, ...facts }) });
}

/** Connects, and logs in if it is asked to: {door, token} or {code}. patience is for an extension that does not show itself. */
export async function ask({ login = false, patience = 1500 } = {}) {
  try {
    const bridge = await connect({ client: { name: "site", version: "1" }, extensionTimeoutMs: patience });
    try {
      return { door: bridge.door, token: login ? await bridge.login(nonce) : null };
    } finally {
      bridge.close();
    }
  } catch (error) {
    return { code: error.code };
  }
}

/** Runs work at each click of a button, and reports. */
export function onClick(id, work) {
  document.getElementById(id).addEventListener("click", () => {
    work().then((facts) => report(id, facts));
  });
}
