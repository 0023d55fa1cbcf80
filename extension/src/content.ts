// SPDX-License-Identifier: EUPL-1.2

// The content script: carries a page's requests to the background and the answers back to that page. It decides
// nothing, keeps nothing, and on a page that never speaks to Ponte it does nothing at all.

import { failure, hintOf, type FailureCode } from "./failure";
import { inside, isPageRequest, isReply, maxFrame, type Id, type Message, type Reply, type Request } from "./messages";

let port: chrome.runtime.Port | undefined;
let admitted = false; // the document spoke during a click, or the background accepted it: from then on it may go on
const open = new Set<Id>(); // accepted and not answered yet
let unreachable = "";
let invalid = "";

function tell(reply: Reply): void {
  window.postMessage(reply, location.origin);
}

function answer(rpc: Message): void {
  tell({ ponte: "message", rpc });
}

function fail(id: Id | null, code: FailureCode): void {
  answer(failure(id, code, code === "INVALID_ARGUMENT" ? invalid : unreachable));
}

/** Is a page of another site around this one? No page may show another one's login as its own. */
function inForeignFrame(): boolean {
  try {
    for (let page: Window = window; page !== page.parent; page = page.parent) {
      if (page.parent.location.origin !== location.origin) {
        return true;
      }
    }
    return false;
  } catch {
    return true; // the browser keeps pages of other origins from each other
  }
}

function connect(): chrome.runtime.Port {
  const p = chrome.runtime.connect({ name: inForeignFrame() ? inside : "" });
  // Read now: after an update of the extension this script is an orphan and can no longer ask.
  unreachable = hintOf("BRIDGE_UNREACHABLE");
  invalid = hintOf("INVALID_ARGUMENT");
  p.onMessage.addListener((m: unknown) => {
    if (p !== port || !isReply(m)) {
      return;
    }
    if (m.ponte === "accepted") {
      admitted = true;
      open.add(m.id);
    } else if ("id" in m.rpc && m.rpc.id !== null) {
      open.delete(m.rpc.id);
    }
    tell(m);
  });
  p.onDisconnect.addListener(() => {
    if (p === port) {
      lose();
    }
  });
  return p;
}

/** The port is dead: whoever waits is told, and so is whoever watches (id null). A page that was never admitted is not. */
function lose(): void {
  port = undefined;
  for (const id of open) {
    fail(id, "BRIDGE_UNREACHABLE");
  }
  open.clear();
  if (admitted) {
    fail(null, "BRIDGE_UNREACHABLE");
  }
}

function tooLong(rpc: Request): boolean {
  try {
    return JSON.stringify(rpc).length > maxFrame;
  } catch {
    return true; // a cycle, a BigInt: not JSON at all
  }
}

function send(rpc: Request, click: boolean): void {
  admitted ||= click;
  if (tooLong(rpc)) {
    if (admitted) {
      fail(rpc.id, "INVALID_ARGUMENT");
    }
    return;
  }
  if (admitted) {
    open.add(rpc.id);
  }
  try {
    port ??= connect();
    port.postMessage({ click: admitted, rpc });
  } catch {
    lose();
  }
}

addEventListener("message", (event: MessageEvent<unknown>) => {
  const { data } = event;
  if (event.source !== window || event.origin !== location.origin || !isPageRequest(data)) {
    return;
  }
  const click = navigator.userActivation.isActive;
  if ((document as { prerendering?: boolean }).prerendering) {
    // Nobody looks at this page yet, and until somebody does it is not the tab's top document.
    document.addEventListener("prerenderingchange", () => { send(data.rpc, click); }, { once: true });
  } else {
    send(data.rpc, click);
  }
});

// A page in the back/forward cache must not hold a port: in Chromium it would come back dead without a word.
addEventListener("pagehide", () => {
  port?.disconnect();
  port = undefined;
  open.clear();
});
