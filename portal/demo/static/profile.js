// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

import { connect } from "./bridge.js";

const exit = /** @type {HTMLFormElement} */ (document.getElementById("exit"));
const reason = /** @type {HTMLInputElement} */ (exit.elements.namedItem("motivo"));

function removed() {
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
  if (!bridge) return blind();
  bridge.on("removed", removed);
  await bridge.watch((status) => { if (status.state === "no-card" || status.state === "no-reader") removed(); });
}

watch().catch(blind);
