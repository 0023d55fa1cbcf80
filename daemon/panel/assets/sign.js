// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The page that signs: which documents, how they look, where the signature is seen, and how far they are sent. Without this
// script the form sends them all the same. The PIN is no business of this page.

import "./drop.js";
import { Box } from "./box.js";
import { one, sizeText, Viewer } from "./frame.js";

const form = /** @type {HTMLFormElement} */ (one(document, "#sign-form"));
const input = /** @type {HTMLInputElement} */ (one(form, "#papers"));
const list = one(form, "#papers-list");
const problem = one(form, "#papers-problem");
const look = one(form, "#look");
const where = one(form, "#where");
const sending = one(form, "#sending");
const button = /** @type {HTMLButtonElement} */ (one(form, "#sign"));
const base = document.body.dataset["base"] ?? "";
const most = { documents: 50, document: 50 << 20, together: 100 << 20 };

const viewer = new Viewer();
const box = new Box(viewer);

/** @type {File[]} */
let papers = [];
/** @type {File | undefined} */
let shown;

/** @param {string} [text] */
function complain(text) {
  problem.textContent = text ?? "";
  problem.hidden = text === undefined;
}

/** What is wrong with the documents, in words. */
function fault() {
  const total = papers.reduce((sum, file) => sum + file.size, 0);
  if (papers.some((file) => file.size === 0)) {
    return form.dataset["empty"];
  }
  return papers.length > most.documents || total > most.together || papers.some((file) => file.size > most.document) ? form.dataset["tooMuch"] : undefined;
}

/** Writes the list of documents. */
function write() {
  list.replaceChildren(...papers.map((file, i) => {
    const row = document.createElement("li");
    const what = document.createElement("div");
    what.className = "what";
    const name = document.createElement(papers.length > 1 ? "button" : "h3");
    name.append(Object.assign(document.createElement("bdi"), { textContent: file.name }));
    if (name instanceof HTMLButtonElement) {
      name.type = "button";
      name.className = "plain";
      name.ariaPressed = String(file === shown);
      name.addEventListener("click", () => { void show(file); });
    }
    what.append(name, Object.assign(document.createElement("p"), { className: "sub", textContent: sizeText(file.size) }));
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: form.dataset["remove"] ?? "" });
    remove.append(Object.assign(document.createElement("span"), { className: "unseen", textContent: ` ${file.name}` }));
    remove.addEventListener("click", () => {
      papers.splice(i, 1);
      void changed();
      (list.querySelector("button") ?? input).focus();
    });
    row.append(what, remove);
    return row;
  }));
  list.hidden = papers.length === 0;
  input.required = papers.length === 0;
}

/** Shows a document; where its signature is seen can be chosen when it is the only one. @param {File} [file] */
async function show(file) {
  shown = file;
  box.reset();
  where.hidden = true;
  /** @type {HTMLInputElement} */ (one(form, "input[name=seen][value=no]")).checked = true;
  one(form, "#place").hidden = true;
  look.hidden = file === undefined;
  write();
  if (file === undefined || file.size > most.document) {
    viewer.close();
    return;
  }
  const kind = await viewer.open(file, file.name);
  where.hidden = kind !== "pdf" || papers.length !== 1 || shown !== file;
}

/** After the documents have changed. */
async function changed() {
  complain(fault());
  await show(papers.includes(/** @type {File} */ (shown)) && papers.length > 1 ? shown : papers[0]);
}

input.addEventListener("change", () => {
  if (input.files?.length === 0) {
    return;
  }
  papers.push(...input.files ?? []);
  input.value = ""; // the same one may be chosen again after it was taken away
  void changed();
});

for (const choice of form.querySelectorAll("input[name=seen]")) {
  choice.addEventListener("change", () => {
    box.on = choice instanceof HTMLInputElement && choice.value === "yes";
    one(form, "#place").hidden = !box.on;
  });
}

/** What is sent: the token first, and the documents last. */
function fields() {
  const given = new FormData(form);
  const sent = new FormData();
  sent.append("csrf", String(given.get("csrf")));
  sent.append("papers", JSON.stringify(papers.map((file) => ({ name: file.name, type: file.type, size: file.size }))));
  for (const name of ["format", "time", "reason"]) {
    const value = given.get(name);
    if (value !== null) {
      sent.append(name, value);
    }
  }
  if (box.on && box.place !== undefined) {
    sent.append("box", JSON.stringify(box.place));
  }
  papers.forEach((file, i) => { sent.append(`paper-${i}`, file); });
  return sent;
}

/** Sends the documents. */
function send() {
  const request = new XMLHttpRequest();
  const progress = /** @type {HTMLProgressElement} */ (one(sending, "progress"));
  const stop = one(sending, "#stop");
  const end = (/** @type {string | undefined} */ text) => {
    sending.hidden = true;
    button.disabled = false;
    if (text !== undefined) {
      complain(text);
      problem.scrollIntoView({ block: "center" });
    }
  };
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => { progress.value = total > 0 ? loaded / total : 0; };
  request.onload = () => {
    const said = request.status === 200 && typeof request.response?.error === "string" ? request.response.error : undefined;
    if (request.status === 200 && said === undefined) {
      location.assign(`${base}/sign`);
      return;
    }
    end(said ?? form.dataset["lost"]);
  };
  request.onerror = () => { end(form.dataset["lost"]); }; // a document that changed or went away while it was read looks so
  request.onabort = () => { end(undefined); };
  stop.onclick = () => { request.abort(); };
  progress.value = 0;
  sending.hidden = false;
  button.disabled = true;
  request.send(fields());
}

// Enter in a field ends what is typed there. It must not sign: only the button does.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  complain(fault());
  if (problem.hidden && papers.length > 0) {
    send();
  } else {
    problem.scrollIntoView({ block: "center" });
  }
});
