// SPDX-License-Identifier: EUPL-1.2

// The background: Chromium's service worker, Firefox's event page. Only wiring; document.ts says who may speak and
// host.ts holds the native port.

import { deny, Document, identify } from "./document";
import { Host } from "./host";
import { Administrator } from "./managed";
import { readStatus, type StatusAnswer } from "./status";

const host = new Host();
const documents = new Map<string, Document>();
const administrator = new Administrator(() => {
  for (const document of documents.values()) {
    document.recheck();
  }
});
const own = chrome.runtime.getURL("").replace(/\/$/, ""); // the origin of our own pages

function attachPopup(port: chrome.runtime.Port): void {
  let giveUp: (() => void) | undefined;
  host.welcome(port);
  port.onMessage.addListener(() => {
    giveUp?.();
    giveUp = host.ask("extension.status", {}, (result) => {
      port.postMessage({ status: readStatus(result) } satisfies StatusAnswer);
    });
  });
  port.onDisconnect.addListener(() => {
    giveUp?.();
    host.leave(port);
  });
}

function attachDocument(port: chrome.runtime.Port): void {
  const who = identify(port);
  if (who === undefined) {
    deny(port);
    return;
  }
  documents.get(who.name)?.close(); // a page back from the back/forward cache is the same document on a new port
  const document = new Document(who.name, who.origin, port, host, administrator);
  documents.set(who.name, document);
  port.onMessage.addListener((m: unknown) => { administrator.whenReady(() => { document.receive(m); }); });
  port.onDisconnect.addListener(() => {
    document.close();
    if (documents.get(who.name) === document) {
      documents.delete(who.name);
    }
  });
}

chrome.runtime.onConnect.addListener((port) => {
  if (port.sender?.origin === own) {
    attachPopup(port);
  } else {
    attachDocument(port);
  }
});
