// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// A document in the frame of the viewer, and what is around it: the pages, how large they are, and in words what cannot be
// shown. The frame has no origin; it gets the bytes through a port, and tells how large a page is.

/** @typedef {{shown: number, width: number, height: number, across: number, down: number}} Leaf a page: its number, its size in points and on the screen */
/** @typedef {"pdf" | "text" | "image" | "other"} Kind */

const textLook = 1 << 16; // bytes that are looked at to know a text

/**
 * What a document is, by its bytes.
 * @param {Uint8Array} b
 * @returns {{kind: Kind, type: string}}
 */
export function kindOf(b) {
  const latin = new TextDecoder("latin1").decode(b.subarray(0, 1024));
  if (latin.includes("%PDF-")) {
    return { kind: "pdf", type: "application/pdf" };
  }
  if (latin.startsWith("\u0089PNG\r\n\u001a\n") || [...b.subarray(0, 4)].join() === "137,80,78,71") {
    return { kind: "image", type: "image/png" };
  }
  if (b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff) {
    return { kind: "image", type: "image/jpeg" };
  }
  const head = b.subarray(0, textLook);
  if (b.length > 0 && !head.includes(0)) {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: head.length < b.length });
      return { kind: "text", type: "text/plain" };
    } catch {
      return { kind: "other", type: "" };
    }
  }
  return { kind: "other", type: "" };
}

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement} */
export function one(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) {
    throw new Error(`the page lacks ${selector}`);
  }
  return found;
}

/** Writes a size as people read it. @param {number} n */
export function sizeText(n) {
  const lang = document.documentElement.lang;
  if (n < 1000) {
    return `${n} ${lang === "en" ? "bytes" : lang === "de" ? "Byte" : "byte"}`;
  }
  return n < 1e6 ? `${Math.round(n / 1000)} kB` : `${(n / 1e6).toLocaleString(lang, { maximumFractionDigits: 1 })} MB`;
}

export class Viewer {
  root;
  /** Holds the frame, and what lies on it. */
  sheet = document.createElement("div");
  /** Called with each page that is shown, and with nothing when there is none. @type {(leaf?: Leaf) => void} */
  onPage = () => {};
  /** @type {Leaf | undefined} */
  leaf;
  pages = 0;
  #desk;
  #number;
  #zoom;
  /** @type {MessagePort | undefined} */
  #port;
  #turn = 0;

  constructor() {
    this.root = one(document, "#viewer");
    this.#desk = one(this.root, ".desk");
    this.#number = /** @type {HTMLInputElement} */ (one(this.root, "#page"));
    this.#zoom = /** @type {HTMLSelectElement} */ (one(this.root, "#zoom"));
    this.sheet.className = "sheet";
    one(this.root, "#page-back").addEventListener("click", () => { this.show(Number(this.#number.value) - 1); });
    one(this.root, "#page-on").addEventListener("click", () => { this.show(Number(this.#number.value) + 1); });
    this.#number.addEventListener("change", () => { this.show(Number(this.#number.value)); });
    this.#zoom.addEventListener("change", () => { this.show(this.leaf?.shown ?? 1); });
    let width = 0;
    new ResizeObserver(() => { // without a width, as while a browser prepares to print, what was shown stays
      if (this.pages > 0 && this.#desk.clientWidth > 0 && Math.abs(this.#desk.clientWidth - width) > 1) {
        width = this.#desk.clientWidth;
        this.show(this.leaf?.shown ?? 1);
      }
    }).observe(this.#desk);
  }

  /** Shows nothing. */
  close() {
    this.#turn++;
    this.#port?.close();
    this.#port = undefined;
    this.leaf = undefined;
    this.pages = 0;
    this.sheet.replaceChildren();
    this.#desk.replaceChildren();
    for (const part of [this.#desk, one(this.root, ".leaf"), one(this.root, ".note"), one(this.root, ".facts")]) {
      part.hidden = true;
    }
    this.onPage();
  }

  /**
   * Shows a document, as far as that can be done.
   * @param {Blob} file
   * @param {string} name
   * @returns {Promise<Kind>}
   */
  async open(file, name) {
    this.close();
    const turn = this.#turn;
    const data = await file.arrayBuffer();
    if (turn !== this.#turn) {
      return "other";
    }
    const { kind, type } = kindOf(new Uint8Array(data));
    if (kind === "other" || kind === "pdf" && this.root.dataset["renderer"] !== "yes") {
      await this.#describe(data, name, kind === "pdf" ? "noRenderer" : "other");
      return "other";
    }
    const facts = data.slice(0); // the frame gets the other one for itself
    const port = await this.#frame();
    if (turn !== this.#turn) {
      return "other";
    }
    this.#port = port;
    return new Promise((give) => {
      port.onmessage = ({ data: said }) => {
        if ("failed" in said) {
          void this.#describe(facts, name, said.failed === "password" ? "password" : "unreadable").then(() => { give("other"); });
        } else {
          this.#take(said, kind);
          if ("opened" in said) {
            give(kind);
          }
        }
      };
      port.postMessage({ open: kind, type, data, lang: document.documentElement.lang }, [data]);
    });
  }

  /** A new frame, for this document only. @returns {Promise<MessagePort>} */
  async #frame() {
    const frame = document.createElement("iframe");
    frame.title = this.root.dataset["frame"] ?? "";
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = `${this.root.dataset["base"]}/viewer`;
    this.sheet.replaceChildren(frame);
    this.sheet.removeAttribute("style");
    this.#busy(true);
    this.#desk.replaceChildren(this.sheet);
    this.#desk.hidden = false;
    await new Promise((loaded) => { frame.addEventListener("load", loaded, { once: true }); });
    const { port1, port2 } = new MessageChannel();
    frame.contentWindow?.postMessage("", "*", [port2]); // it has no origin that could be named
    return port1;
  }

  /** Shows that a document is being opened. @param {boolean} is */
  #busy(is) {
    this.#desk.classList.toggle("busy", is);
    this.#desk.ariaBusy = String(is);
  }

  /** @param {any} said @param {Kind} kind */
  #take(said, kind) {
    const frame = one(this.sheet, "iframe");
    if ("opened" in said) {
      this.sheet.dataset["kind"] = kind;
      this.pages = Number(said.pages);
      if (kind === "pdf") {
        one(this.root, ".leaf").hidden = false;
        one(this.root, "#page-count").textContent = String(this.pages);
        this.#number.max = String(this.pages);
        this.show(1);
      } else {
        const width = Math.min(this.#desk.clientWidth, Number(said.width));
        this.#busy(false);
        frame.style.width = kind === "image" ? `${width}px` : "100%";
        frame.style.height = kind === "image" ? `${width * Number(said.height) / Math.max(1, Number(said.width))}px` : "26rem";
        if (said.whole === false) {
          this.#note("part");
        }
      }
    } else if ("shown" in said) {
      this.#busy(false);
      this.leaf = /** @type {Leaf} */ (said);
      this.#number.value = String(this.leaf.shown);
      this.sheet.style.width = frame.style.width = `${this.leaf.across}px`;
      this.sheet.style.height = frame.style.height = `${this.leaf.down}px`;
      this.onPage(this.leaf);
    }
  }

  /** Shows a page of a PDF. @param {number} number */
  show(number) {
    if (this.pages === 0 || this.#desk.clientWidth === 0) {
      return;
    }
    const page = Math.min(this.pages, Math.max(1, Math.round(number) || 1));
    this.#number.value = String(page);
    this.#port?.postMessage({ page, width: Math.floor(this.#desk.clientWidth * Number(this.#zoom.value)) });
  }

  /** @param {string} id */
  #note(id) {
    const note = one(this.root, ".note");
    note.textContent = this.root.dataset[id] ?? "";
    note.hidden = false;
  }

  /** What can be said of a document that is not shown. @param {ArrayBuffer} data @param {string} name @param {string} why */
  async #describe(data, name, why) {
    this.close();
    const turn = this.#turn;
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    if (turn !== this.#turn) {
      return;
    }
    one(this.root, "[data-name]").textContent = name;
    one(this.root, "[data-size]").textContent = sizeText(data.byteLength);
    one(this.root, "[data-hash]").textContent = [...sum].map((b) => b.toString(16).padStart(2, "0")).join("");
    one(this.root, ".facts").hidden = false;
    this.#note(why);
  }
}
