// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

import { connect } from "./bridge.js";
import { doing, Failure, onClick, text } from "./failure.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("signed"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("sign"));
const bar = /** @type {HTMLProgressElement} */ (document.getElementById("sign-bar"));

const ready = fetch(/** @type {string} */ (button.dataset["document"])); // before the click: a click counts for five seconds
ready.catch(() => undefined); // the click meets the error again

/** @type {Record<string, string>} texts of the page for what is going on */
const stages = { sending: "sending", asking: "asking", signing: "signing", receiving: "receiving" };

/** @param {{stage: string, done: number, total: number}} progress */
function show({ stage, done, total }) {
  doing(stages[stage] ?? "asking");
  bar.hidden = stage === "asking";
  bar.max = Math.max(total, 1);
  bar.value = done;
}

button.hidden = false; // without scripts there is the other way
onClick(button, async () => {
  doing("connect");
  try {
    const bridge = await connect();
    if (!bridge) throw new Failure(text("library"), text("help"));
    let signed;
    try {
      const answer = await ready.catch(() => undefined);
      if (!answer?.ok) throw new Failure(text("network"), text("retry"));
      const [x, y, width, height] = (button.dataset["box"] ?? "").split(" ").map(Number);
      signed = await bridge.signDocument(await answer.clone().blob(), {
        name: "domanda.pdf", reason: button.dataset["reason"], lang: document.documentElement.lang,
        visible: { page: 1, x, y, width, height }, onProgress: show,
      });
    } finally {
      bridge.close();
    }
    doing("verify");
    await deliver(signed.blob);
  } finally {
    bar.hidden = true;
  }
});

/** Gives the signed document to the portal, and shows what it says of it. @param {Blob} file */
async function deliver(file) {
  const body = new FormData();
  body.append("csrf", /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf")).value);
  body.append("file", file, "domanda-firmata.pdf");
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined);
  if (!answer) throw new Failure(text("network"), text("retry"));
  if (answer.type !== "opaqueredirect") { // it leads back here, where the report is now
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    throw new Failure(page.getElementById("what")?.textContent ?? text("other"), text("help"), "REFUSED");
  }
  location.reload();
}
