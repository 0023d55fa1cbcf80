// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The place where one sees a signature on a page of a PDF. It is moved and made larger with the mouse, a finger, the arrow
// keys, or by typing numbers; all of them do the same. Inside it is counted in points from the lower left corner of the
// page, as the agent wants it; people see millimetres.

import { one } from "./frame.js";

/** @typedef {import("./frame.js").Viewer} Viewer */
/** @typedef {import("./frame.js").Leaf} Leaf */

const pointsPerMillimetre = 72 / 25.4;
const step = 6; // points for one press of a key
const smallest = { width: 110, height: 40 };
const usual = { width: 200, height: 70, margin: 36 };

export class Box {
  /** @type {{page: number, x: number, y: number, width: number, height: number} | undefined} */
  place;
  #viewer;
  #mark = document.createElement("div");
  #glass = document.createElement("div");
  #says = document.createElement("p");
  #on = false;
  /** @type {Record<"page" | "x" | "y" | "width" | "height", HTMLInputElement>} */
  #fields;

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.#viewer = viewer;
    const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (one(document, `#box-${name}`));
    this.#fields = { page: field("page"), x: field("x"), y: field("y"), width: field("width"), height: field("height") };
    this.#glass.className = "glass";
    this.#mark.className = "mark";
    this.#mark.tabIndex = 0;
    this.#mark.setAttribute("role", "application"); // the arrow keys are ours here
    this.#mark.setAttribute("aria-label", viewer.root.dataset["box"] ?? "");
    this.#mark.setAttribute("aria-describedby", "box-help");
    this.#mark.append(Object.assign(document.createElement("span"), { textContent: viewer.root.dataset["box"] ?? "" }), Object.assign(document.createElement("i"), { className: "grip" }));
    this.#says.className = "unseen";
    this.#says.setAttribute("role", "status");
    viewer.root.append(this.#says);
    this.#mark.addEventListener("keydown", (event) => { this.#key(event); });
    this.#glass.addEventListener("pointerdown", (event) => { this.#grab(event); });
    for (const [name, input] of Object.entries(this.#fields)) {
      input.addEventListener("change", () => { this.#typed(name, input.valueAsNumber); });
    }
    viewer.onPage = (leaf) => { this.#page(leaf); };
  }

  /** Whether there is to be a box. @param {boolean} on */
  set on(on) {
    const shown = this.#on;
    this.#on = on;
    this.#draw();
    if (on && !shown) {
      this.#reveal();
    }
  }

  get on() {
    return this.#on;
  }

  /** Forgets the place: it was one of another document. */
  reset() {
    this.place = undefined;
    this.on = false;
  }

  /** @param {Leaf | undefined} leaf */
  #page(leaf) {
    if (leaf !== undefined && this.place !== undefined) {
      this.place.page = leaf.shown; // it goes along to the page that is looked at
    }
    this.#draw();
  }

  /** The box where it is, on the page that is shown. */
  #draw() {
    const { leaf, sheet } = this.#viewer;
    if (!this.#on || leaf === undefined) {
      this.#glass.remove();
      return;
    }
    const free = (/** @type {number} */ n) => Math.max(0, n);
    this.place ??= {
      page: leaf.shown, width: Math.min(usual.width, leaf.width), height: Math.min(usual.height, leaf.height),
      x: free(leaf.width - usual.width - usual.margin), y: Math.min(usual.margin, free(leaf.height - usual.height)),
    };
    const p = this.place;
    p.width = Math.min(leaf.width, Math.max(smallest.width, p.width));
    p.height = Math.min(leaf.height, Math.max(smallest.height, p.height));
    p.x = Math.min(leaf.width - p.width, free(p.x));
    p.y = Math.min(leaf.height - p.height, free(p.y));
    const scale = leaf.across / leaf.width;
    this.#mark.style.left = `${p.x * scale}px`;
    this.#mark.style.bottom = `${p.y * scale}px`;
    this.#mark.style.width = `${p.width * scale}px`;
    this.#mark.style.height = `${p.height * scale}px`;
    if (this.#mark.parentElement !== this.#glass) {
      this.#glass.append(this.#mark);
    }
    if (this.#glass.parentElement !== sheet) {
      sheet.append(this.#glass);
    }
    this.#fields.page.max = String(this.#viewer.pages);
    for (const name of /** @type {const} */ (["x", "y", "width", "height"])) {
      this.#fields[name].value = String(Math.round(p[name] / pointsPerMillimetre));
    }
    this.#fields.page.value = String(p.page);
  }

  /** Brings the box into sight where the page is larger than its frame; what is around the frame stays where it is. */
  #reveal() {
    const desk = this.#viewer.sheet.parentElement;
    if (desk !== null && this.#mark.isConnected) {
      desk.scrollTop = this.#mark.offsetTop + (this.#mark.offsetHeight - desk.clientHeight) / 2;
      desk.scrollLeft = this.#mark.offsetLeft + (this.#mark.offsetWidth - desk.clientWidth) / 2;
    }
  }

  /** Tells who does not see the box where it is now. */
  #tell() {
    const text = this.#viewer.root.dataset["boxSays"] ?? "";
    this.#says.textContent = text.replace(/\{(\w+)\}/g, (_, name) => this.#fields[/** @type {"x"} */ (name)]?.value ?? "");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (way === undefined || this.place === undefined || event.ctrlKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    const [across = 0, up = 0] = way;
    const far = event.altKey ? 1 : step;
    if (event.shiftKey) { // the upper left corner stays: down and right are larger
      this.#resize(across * far, -up * far);
    } else {
      this.place.x += across * far;
      this.place.y += up * far;
    }
    this.#draw();
    this.#tell();
    this.#mark.scrollIntoView({ block: "nearest" });
  }

  /** Makes it larger to the right and downwards. @param {number} wider @param {number} taller */
  #resize(wider, taller) {
    const { leaf } = this.#viewer;
    const p = this.place;
    if (p === undefined || leaf === undefined) {
      return;
    }
    const top = p.y + p.height;
    p.width = Math.min(leaf.width - p.x, Math.max(smallest.width, p.width + wider));
    p.height = Math.min(top, Math.max(smallest.height, p.height + taller));
    p.y = top - p.height;
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    const { leaf } = this.#viewer;
    const p = this.place;
    if (leaf === undefined || p === undefined || event.button !== 0) {
      return;
    }
    event.preventDefault();
    const scale = leaf.width / leaf.across;
    const target = event.target instanceof Element ? event.target : this.#glass;
    const gripped = target.classList.contains("grip");
    if (!this.#mark.contains(target)) { // a click on the page takes it there
      const edge = this.#glass.getBoundingClientRect();
      p.x = (event.clientX - edge.left) * scale - p.width / 2;
      p.y = (edge.bottom - event.clientY) * scale - p.height / 2;
      this.#draw();
    }
    this.#mark.focus({ preventScroll: true });
    let last = event;
    const move = (/** @type {PointerEvent} */ now) => {
      const across = (now.clientX - last.clientX) * scale;
      const down = (now.clientY - last.clientY) * scale;
      last = now;
      if (gripped) {
        this.#resize(across, down);
      } else {
        p.x += across;
        p.y -= down;
      }
      this.#draw();
    };
    this.#glass.setPointerCapture(event.pointerId);
    this.#glass.addEventListener("pointermove", move);
    const end = () => {
      this.#glass.removeEventListener("pointermove", move);
      this.#tell();
    };
    this.#glass.addEventListener("lostpointercapture", end, { once: true });
  }

  /** @param {string} name @param {number} value */
  #typed(name, value) {
    if (this.place === undefined || !Number.isFinite(value)) {
      this.#draw();
      return;
    }
    if (name === "page") {
      this.#viewer.show(value); // the box comes along
      return;
    }
    this.place[/** @type {"x"} */ (name)] = value * pointsPerMillimetre;
    this.#draw();
    this.#tell();
  }
}
