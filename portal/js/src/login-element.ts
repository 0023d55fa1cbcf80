// SPDX-License-Identifier: BSD-3-Clause

/**
 * <ponte-login>: a button "Entra con CNS" that logs in and says at each moment what the citizen has to do. It has no mark of
 * its own, since CNS has no official one, and it makes no decision: the portal's server verifies the token.
 *
 *     <ponte-login challenge-url="/auth/challenge" login-url="/auth/login" install-url="/aiuto-cns">
 *       <a href="/spid">Entra con SPID</a> <a href="/cie">Entra con CIE</a>
 *     </ponte-login>
 */

import { languageOf, languages, PonteError, fail } from "./errors.js";
import { runLogin, ServerError, type Failure, type Result, type Step } from "./login-flow.js";
import { style } from "./login-style.js";
import { calm, installable, stepTexts, words } from "./login-texts.js";
import { isObject } from "./messages.js";

/** Where the element is: waiting for a click, in a step, or at an end. */
export type LoginState = "idle" | Step | "done" | "failed";

let sheet: CSSStyleSheet | undefined;

function make<K extends keyof HTMLElementTagNameMap>(tag: K, part: string, ...content: (string | Node)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = part;
  element.setAttribute("part", part);
  element.append(...content);
  return element;
}

// On a server that renders pages there is no HTMLElement; the class is never made there.
const Base = (globalThis as { HTMLElement?: typeof HTMLElement }).HTMLElement ?? (Object as unknown as typeof HTMLElement);

export class PonteLogin extends Base {
  static readonly observedAttributes = ["lang"];

  /** More headers for the requests to your server, such as a CSRF token. */
  headers: Readonly<Record<string, string>> = {};

  #state: LoginState = "idle";
  #failure: Failure | undefined;
  #running: AbortController | undefined;
  readonly #label = make("span", "label");
  readonly #button = make("button", "enter", make("span", "mark", "CNS"), this.#label);
  readonly #subtitle = make("p", "subtitle");
  readonly #progress = make("div", "state");
  readonly #cancel = make("button", "cancel");
  readonly #error = make("div", "box");
  readonly #otherTitle = make("p", "title");
  readonly #slot = document.createElement("slot");
  readonly #other = make("div", "other", this.#otherTitle, make("div", "links", this.#slot));

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    sheet ??= newSheet();
    root.adoptedStyleSheets = [sheet];
    this.#button.type = this.#cancel.type = "button";
    this.#button.firstElementChild?.setAttribute("aria-hidden", "true");
    this.#subtitle.id = "subtitle";
    this.#button.setAttribute("aria-describedby", "subtitle");
    this.#progress.setAttribute("role", "status");
    this.#error.setAttribute("role", "alert");
    this.#other.setAttribute("role", "group");
    this.#otherTitle.id = "other";
    this.#other.setAttribute("aria-labelledby", "other");
    root.append(this.#button, this.#subtitle, this.#progress, this.#cancel, this.#error, this.#other);
    this.#button.addEventListener("click", () => { this.login(); });
    this.#cancel.addEventListener("click", () => { this.cancel(); });
    this.#slot.addEventListener("slotchange", () => { this.#render(); });
  }

  connectedCallback(): void {
    this.#render();
  }

  disconnectedCallback(): void {
    this.cancel();
  }

  attributeChangedCallback(): void {
    this.#render();
  }

  get state(): LoginState {
    return this.#state;
  }

  /** Why the last login failed. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** What the button does; from a click handler of the page alone. */
  login(): void {
    if (this.#running !== undefined || this.#state === "done") {
      return;
    }
    const control = (this.#running = new AbortController());
    this.#failure = undefined;
    runLogin({
      challengeUrl: this.getAttribute("challenge-url") ?? "/auth/challenge",
      loginUrl: this.getAttribute("login-url") ?? undefined,
      headers: this.headers,
      lang: languages[this.#language],
      signal: control.signal,
      onStep: (step) => {
        if (this.#running === control) {
          this.#enter(step);
        }
      },
    }).then(
      (result) => { this.#finish(control, () => { this.#succeed(result); }); },
      (error: unknown) => { this.#finish(control, () => { this.#fail(error); }); },
    );
  }

  /** Closes the dialogs of the agent and goes back to the button. */
  cancel(): void {
    this.#running?.abort();
  }

  #finish(control: AbortController, end: () => void): void {
    if (this.#running === control) {
      const here = this.shadowRoot?.activeElement === this.#cancel;
      this.#running = undefined;
      end();
      if (here) {
        this.#button.focus(); // the button that had the focus is hidden now
      }
    }
  }

  #succeed(result: Result): void {
    this.#enter(result.answer === undefined && !this.hasAttribute("login-url") ? "idle" : "done");
    const goOn = this.dispatchEvent(new CustomEvent("ponte-login", { detail: result, bubbles: true, composed: true, cancelable: true }));
    const next = isObject(result.answer) ? result.answer.next : undefined;
    if (goOn && typeof next === "string") {
      const target = new URL(next, location.href);
      if (target.origin === location.origin) { // never javascript:, never another site
        location.assign(target);
      }
    }
  }

  #fail(error: unknown): void {
    const failure = error instanceof PonteError || error instanceof ServerError ? error : fail("INTERNAL", languages[this.#language]);
    if (failure !== error) {
      console.error(error);
    }
    this.#failure = failure;
    this.#enter("failed");
    this.dispatchEvent(new CustomEvent("ponte-error", { detail: failure, bubbles: true, composed: true }));
  }

  get #language(): 0 | 1 | 2 {
    return languageOf(this.closest("[lang]")?.getAttribute("lang") ?? undefined);
  }

  #enter(state: LoginState): void {
    this.#state = state;
    this.#render();
  }

  #render(): void {
    const n = this.#language;
    const busy = this.#running !== undefined && this.#state !== "done" && this.#state !== "failed";
    this.#label.textContent = words.button[n];
    this.#subtitle.textContent = words.subtitle[n];
    this.#cancel.textContent = words.cancel[n];
    this.#otherTitle.textContent = words.other[n];
    for (const element of [this.#button, this.#subtitle, this.#progress, this.#cancel, this.#error, this.#otherTitle]) {
      element.lang = languages[n]; // the page around may be in a language that this element does not have
    }
    this.#button.setAttribute("aria-disabled", String(busy || this.#state === "done")); // not disabled: the focus stays where it is
    this.#cancel.hidden = !busy || this.#state === "verifying";
    replace(this.#progress, this.#progressContent(n));
    replace(this.#error, this.#errorContent(n));
    this.#error.classList.toggle("calm", this.#failure !== undefined && calm.includes(this.#failure.code));
    this.#other.hidden = this.#failure === undefined || calm.includes(this.#failure.code) || this.#slot.assignedElements().length === 0;
  }

  #progressContent(n: 0 | 1 | 2): Node[] {
    if (this.#state === "done") {
      return [sign("tick"), make("p", "what", words.done[n])];
    }
    if (this.#state === "idle" || this.#state === "failed") {
      return [];
    }
    const [what, more] = stepTexts[this.#state];
    const [before = "", after] = what[n].split("%s");
    const line = make("p", "what", before);
    if (after !== undefined) {
      line.append(make("bdi", "address", location.host), after);
    }
    return [sign("spin"), line, ...(more ? [make("p", "more", more[n])] : [])];
  }

  #errorContent(n: 0 | 1 | 2): Node[] {
    const failure = this.#failure;
    if (failure === undefined) {
      return [];
    }
    const own = failure.code === "SERVER_UNREACHABLE" ? words.unreachable : words.refused;
    const content: Node[] = [make("p", "title", words.failed[n]), make("p", "hint", failure.hint === "" ? own[n] : failure.hint)];
    const address = this.getAttribute("install-url");
    if (address !== null && installable.includes(failure.code)) {
      const link = make("a", "install", words.install[n]);
      link.href = address;
      content.push(link);
    }
    return content;
  }
}

function newSheet(): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(style);
  return made;
}

function sign(part: "spin" | "tick"): HTMLElement {
  const element = make("span", part);
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** Puts content where it differs from what is there: a live region must not say the same thing twice. */
function replace(region: HTMLElement, content: Node[]): void {
  const fresh = make("div", "", ...content);
  if (fresh.innerHTML !== region.innerHTML) {
    region.replaceChildren(...fresh.childNodes);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "ponte-login": PonteLogin;
  }
  interface HTMLElementEventMap {
    /** Logged in; detail.answer is your server's. preventDefault() keeps the element from going to answer.next. */
    "ponte-login": CustomEvent<Result>;
    /** Not logged in. */
    "ponte-error": CustomEvent<Failure>;
  }
}
