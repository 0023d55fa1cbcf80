// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Shows one document in a frame that has no origin, no cookie and no way out: what a document could do to the program that
// reads it, it does here. The page around it sends the bytes through a port and says what to show. Scripts inside PDFs,
// links and forms do nothing.

/** What the page asks: a document, or a page of it. @typedef {{open: "pdf" | "text" | "image", type: string, data: ArrayBuffer, lang: string} | {page: number, width: number}} Asked */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{getViewport: (o: {scale: number}) => Size, render: (o: object) => {promise: Promise<void>, cancel: () => void}, getTextContent: () => Promise<{items: {str?: string, hasEOL?: boolean}[]}>, cleanup: () => void}} Leaf */
/** @typedef {{numPages: number, getPage: (n: number) => Promise<Leaf>}} Book */

const longestText = 1 << 20; // characters that are shown
const largestCanvas = 12 << 20; // pixels
const pictures = ["image/png", "image/jpeg"];

// The renderer draws step by step with these, and browsers give none to a frame that is scrolled out of sight.
Object.assign(globalThis, {
  requestAnimationFrame: (/** @type {FrameRequestCallback} */ step) => setTimeout(() => { step(performance.now()); }),
  cancelAnimationFrame: (/** @type {number} */ id) => { clearTimeout(id); },
});

/** @type {MessagePort | undefined} */
let port;
/** @type {Book | undefined} */
let book;

/** @param {object} message */
const tell = (message) => { port?.postMessage(message); };

/** The worker that reads PDFs. A frame without an origin may start none from an address, so it gets its text. */
async function startWorker() {
  const text = await (await fetch(new URL("pdf.worker.min.js", import.meta.url))).text();
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const rules = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("ponte-viewer", { createScriptURL: (/** @type {string} */ s) => (s === url ? s : "") });
  const worker = new Worker(rules?.createScriptURL(url) ?? url); // a classic one: Chromium starts no module here
  worker.addEventListener("error", (event) => { failed(event.message); });
  return worker;
}

/** @param {ArrayBuffer} data */
async function openPDF(data) {
  const pdfjs = await import(new URL("pdf.min.mjs", import.meta.url).href);
  pdfjs.GlobalWorkerOptions.workerPort = await startWorker();
  const place = new URL(".", import.meta.url).href;
  book = /** @type {Book} */ (await pdfjs.getDocument({
    data: new Uint8Array(data), cMapUrl: place, standardFontDataUrl: place, wasmUrl: place, iccUrl: place, useSystemFonts: false,
    enableXfa: false, isEvalSupported: false, stopAtErrors: false, disableAutoFetch: true, verbosity: 0,
  }).promise);
  tell({ opened: "pdf", pages: book.numPages });
}

/** Shows what turns the direction of a text, or draws nothing, for what it is. @param {string} text */
function openText(text) {
  const pre = document.createElement("pre");
  pre.tabIndex = 0;
  const strange = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
  const shown = text.slice(0, longestText);
  let last = 0;
  for (const found of shown.matchAll(strange)) {
    const mark = document.createElement("mark");
    mark.textContent = `U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    pre.append(shown.slice(last, found.index), mark);
    last = found.index + 1;
  }
  pre.append(shown.slice(last));
  document.body.replaceChildren(pre);
  tell({ opened: "text", pages: 0, whole: shown.length === text.length });
}

/** @param {ArrayBuffer} data @param {string} type */
async function openPicture(data, type) {
  if (!pictures.includes(type)) {
    throw new Error("not a picture that is shown");
  }
  const img = new Image();
  img.alt = "";
  img.src = URL.createObjectURL(new Blob([data], { type }));
  await img.decode();
  document.body.replaceChildren(img);
  tell({ opened: "image", pages: 0, width: img.naturalWidth, height: img.naturalHeight });
}

/** What draws now, and the number of the page that is asked for last. */
let asked = 0;
/** @type {{cancel: () => void} | undefined} */
let drawing;

/** @param {number} number @param {number} width in CSS pixels */
async function showPage(number, width) {
  const turn = ++asked;
  drawing?.cancel();
  const page = await book?.getPage(number);
  if (page === undefined || turn !== asked) {
    return;
  }
  const size = page.getViewport({ scale: 1 });
  const scale = width / size.width;
  const sharp = Math.min(devicePixelRatio, Math.sqrt(largestCanvas / Math.max(1, size.width * size.height * scale * scale)));
  const canvas = document.createElement("canvas");
  const viewport = page.getViewport({ scale: scale * sharp });
  canvas.width = Math.max(1, Math.floor(viewport.width));
  canvas.height = Math.max(1, Math.floor(viewport.height));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${size.height * scale}px`;
  canvas.ariaHidden = "true";
  const work = page.render({ canvas, viewport });
  drawing = work;
  try {
    await work.promise;
  } catch (error) {
    if (turn !== asked) {
      return; // another page is wanted by now
    }
    throw error;
  }
  const words = document.createElement("div"); // for who hears the page instead of seeing it
  words.className = "unseen";
  words.textContent = await page.getTextContent().then(({ items }) => items.map((i) => (i.str ?? "") + (i.hasEOL === true ? "\n" : "")).join("").slice(0, longestText), () => "");
  if (turn !== asked) {
    return;
  }
  document.body.replaceChildren(canvas, words);
  page.cleanup();
  tell({ shown: number, width: size.width, height: size.height, across: width, down: size.height * scale });
}

/** Whether the bytes are text, and which. @param {ArrayBuffer} data */
function decode(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(data);
  } catch {
    return new TextDecoder("windows-1252").decode(data);
  }
}

/** @param {Asked} m */
async function obey(m) {
  if ("page" in m) {
    await showPage(m.page, m.width);
    return;
  }
  document.documentElement.lang = m.lang;
  switch (m.open) {
    case "pdf":
      await openPDF(m.data);
      break;
    case "text":
      openText(decode(m.data));
      break;
    case "image":
      await openPicture(m.data, m.type);
      break;
  }
}

/** @param {unknown} error */
function failed(error) {
  tell({ failed: error instanceof Error && error.name === "PasswordException" ? "password" : "unreadable", detail: String(error).slice(0, 200) });
}

addEventListener("message", (event) => {
  const [given] = event.ports;
  if (port !== undefined || event.source !== parent || given === undefined) {
    return;
  }
  port = given;
  port.onmessage = ({ data }) => { obey(data).catch(failed); };
  tell({ ready: true });
});
