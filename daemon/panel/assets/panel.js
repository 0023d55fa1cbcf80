// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// What the control page can do only with a script: it shows what has changed without being loaded again, and a fiscal
// code without leaving the page. Everything else is forms and links, and works without.

const pause = 3000; // ms until the panel is asked again after a failure
const patience = 2; // failures after which it is gone

/** @param {number} ms */
const sleep = (ms) => new Promise((wake) => { setTimeout(wake, ms); });

/** @param {string} id @param {string} [more] */
function say(id, more = "") {
  const place = document.getElementById(id);
  if (place !== null) {
    place.textContent = `${place.dataset["text"] ?? ""} ${more}`.trim();
    place.hidden = false;
  }
}

/**
 * Whether an answer comes from the panel that this page came from: when that has gone, another user of the computer can take
 * its port. @param {string | undefined} proof
 */
const isOurs = (proof) => proof === document.body.dataset["proof"];

/** Leaves nothing but that the page has closed: neither what it knew, nor a way to whoever has the port next. */
function close() {
  for (const part of document.querySelectorAll("main > :not(#closed, h1), nav > *, .skip")) {
    part.remove();
  }
  say("closed");
}

/**
 * The page as it is now. The browser parses it, so that no script writes HTML (Trusted Types).
 * @returns {Promise<Document>}
 */
function currentPage() {
  return new Promise((give, fail) => {
    const request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.setRequestHeader("X-Ponte-Live", "1");
    request.responseType = "document";
    request.onload = () => {
      if (request.status === 200 && request.responseXML !== null && isOurs(request.responseXML.body.dataset["proof"])) {
        give(request.responseXML);
      } else {
        fail(new Error(`status ${request.status}`));
      }
    };
    request.onerror = () => { fail(new Error("no answer")); };
    request.send();
  });
}

/** The parts that can change, as they came: a fiscal code that is shown in one is no change. @type {Map<string, string>} */
const served = new Map();
for (const part of document.querySelectorAll("[data-live]")) {
  served.set(part.id, part.innerHTML);
}

/** Puts the parts that have changed into the page, and leaves the focus where it is. @param {Document} fresh */
function refresh(fresh) {
  const focused = document.activeElement?.id ?? "";
  let news = "";
  for (const old of document.querySelectorAll("[data-live]")) {
    const part = fresh.getElementById(old.id);
    if (part === null || part.innerHTML === served.get(old.id)) {
      continue;
    }
    served.set(old.id, part.innerHTML);
    old.replaceWith(document.adoptNode(part));
    news ||= part.querySelector("[data-news]")?.textContent ?? "";
  }
  document.body.dataset["state"] = fresh.body.dataset["state"] ?? "";
  if (focused !== "" && document.activeElement?.id !== focused) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
  if (news !== "") {
    say("news", news);
  }
}

/** Ends with the page's being looked at: browsers have six connections for all tabs of a server, and each wait takes one. */
let looked = new AbortController();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    looked.abort();
    looked = new AbortController();
  }
});

/** @returns {Promise<unknown>} */
async function visible() {
  return document.visibilityState === "visible" || new Promise((go) => { document.addEventListener("visibilitychange", go, { once: true }); }).then(visible);
}

/** Waits for news, and shows them, until the panel has gone. */
async function listen() {
  for (let failures = 0; failures < patience;) {
    await visible();
    const { signal } = looked;
    try {
      const answer = await fetch(`${document.body.dataset["base"]}/changed?seen=${encodeURIComponent(document.body.dataset["state"] ?? "")}`, { cache: "no-store", signal });
      if (answer.status === 403) {
        break;
      }
      if (!answer.ok) {
        await sleep(pause);
        refresh(await currentPage());
        continue;
      }
      failures = 0;
      const { state, proof } = /** @type {{state: string, proof: string}} */ (await answer.json());
      if (!isOurs(proof)) {
        break;
      }
      if (state !== document.body.dataset["state"]) {
        refresh(await currentPage());
      }
    } catch {
      if (signal.aborted) {
        continue;
      }
      failures++;
      await sleep(pause);
    }
  }
  close();
}

/** @param {HTMLFormElement} form */
async function reveal(form) {
  const place = form.querySelector("output");
  const button = form.querySelector("button");
  if (place === null || button === null) {
    return;
  }
  const words = button.textContent;
  const hidden = [...place.childNodes];
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    fields.append(name, String(value));
  }
  const answer = await fetch(form.action, { method: "POST", headers: { Accept: "text/plain" }, body: fields });
  if (!answer.ok || answer.redirected) {
    location.reload();
    return;
  }
  place.textContent = await answer.text();
  button.textContent = button.dataset["hide"] ?? "";
  button.type = "button";
  button.addEventListener("click", () => {
    place.replaceChildren(...hidden);
    button.textContent = words;
    setTimeout(() => { button.type = "submit"; }); // not for this very click
  }, { once: true });
}

document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.matches(".reveal")) {
    event.preventDefault();
    void reveal(event.target);
  }
});

void listen();
