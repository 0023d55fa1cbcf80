// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

import { connect } from "./bridge.js";

const exit = /** @type {HTMLFormElement} */ (document.getElementById("exit"));
const reason = /** @type {HTMLInputElement} */ (exit.elements.namedItem("motivo"));

let leaving = false;

function removed() {
  if (leaving) return;
  leaving = true;
  reason.value = "tessera";
  exit.submit();
}

function blind() {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("blind"));
  const line = /** @type {HTMLElement} */ (document.getElementById("watch"));
  line.textContent = template.content.textContent;
}

/** Logs out when the card is pulled, also when that was before this page was open. */
async function watch() {
  const bridge = await connect();
  if (!bridge) {
    blind();
    return;
  }
  bridge.on("removed", removed);
  bridge.on("lost", blind);
  const { state } = await bridge.watch();
  if (state === "no-card" || state === "no-reader") removed();
}

watch().catch(blind);

// A page that comes back from the browser's memory may show a session that has ended.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
