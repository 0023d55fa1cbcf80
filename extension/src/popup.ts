// SPDX-License-Identifier: EUPL-1.2

// The popup: is the agent there, what is the card doing, what to do next. What it says of the card are the agent's words;
// its own are the labels, and what to do when there is no agent.

import { isLanguage, lastManaged } from "./managed";
import { isObject } from "./messages";
import { readStatus, type Advice, type ExtensionStatus } from "./status";
import { isNewer } from "./version";

const patience = 5000; // ms until an agent that says nothing is called unreachable

/** Gives a text of _locales, with what stands for $1 in it. */
type Catalogue = (key: string, value?: string) => string;

/** The texts of one language, from _locales: chrome.i18n knows the browser's language only, the agent the citizen's. */
async function catalogue(language: string): Promise<Catalogue> {
  const response = await fetch(chrome.runtime.getURL(`_locales/${language}/messages.json`));
  const texts: unknown = await response.json();
  return (key, value = "") => {
    const entry = isObject(texts) ? texts[key] : undefined;
    return isObject(entry) && typeof entry.message === "string" ? entry.message.replace("$1", () => value) : key;
  };
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`popup.html has no #${id}`);
  }
  return found;
}

function paragraph(text: string): HTMLElement {
  const p = document.createElement("p");
  p.textContent = text;
  return p;
}

/** Asks the background once; null when the agent does not answer. */
async function ask(): Promise<ExtensionStatus | null> {
  return new Promise((resolve) => {
    const port = chrome.runtime.connect();
    const timer = setTimeout(() => { done(null); }, patience);
    function done(status: ExtensionStatus | null): void {
      clearTimeout(timer);
      port.disconnect();
      resolve(status);
    }
    port.onMessage.addListener((m: unknown) => { done(isObject(m) ? readStatus(m.status) : null); });
    port.onDisconnect.addListener(() => { done(null); });
    port.postMessage({});
  });
}

function label(say: Catalogue, language: string): void {
  document.documentElement.lang = language;
  for (const [id, key] of [["agent-label", "agentLabel"], ["card-label", "cardLabel"], ["next-label", "nextLabel"], ["update-label", "updateLabel"], ["update-where", "updateWhere"], ["again", "again"]] as const) {
    element(id).textContent = say(key);
  }
}

async function refresh(): Promise<void> {
  let language = (await lastManaged()).language ?? chrome.i18n.getMessage("language");
  let say = await catalogue(language);
  label(say, language);
  element("agent").textContent = say("checking");
  element("panel").setAttribute("aria-busy", "true");

  const status = await ask();
  if (status !== null && status.language !== language && isLanguage(status.language)) {
    language = status.language;
    say = await catalogue(language);
    label(say, language);
  }
  document.body.dataset.mood = status?.advice.mood ?? "bad";
  element("agent").textContent = status === null ? say("agentMissing") : say("agentReady", status.bridge);
  element("card-line").hidden = status === null;
  element("card").textContent = status?.advice.title ?? "";
  element("cause").textContent = status?.advice.cause ?? "";
  element("next").replaceChildren(...(status === null ? [say("nextAgentMissing")] : steps(status.advice)).map(paragraph));
  element("next-part").hidden = false;
  const { version } = chrome.runtime.getManifest();
  element("update-part").hidden = status === null || !status.updateNotice || !isNewer(version, status.bridge);
  element("update").textContent = say("update", version);
  element("panel").setAttribute("aria-busy", "false");
}

function steps({ next, where, notes }: Advice): string[] {
  return [next, where, ...notes].filter((text) => text !== "");
}

element("again").addEventListener("click", () => { void refresh(); });
void refresh();
