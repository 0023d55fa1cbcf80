// SPDX-License-Identifier: BSD-3-Clause

import { fail, type PonteError } from "./errors.js";
import {
  isHashSignature, isIdentity, isObject, isSigningCertificate, isStatus, isToken,
  type HashSignature, type Hello, type Identity, type IdentityField, type SigningCertificate, type Status, type Token,
} from "./messages.js";
import type { Patience, Session } from "./session.js";
import { isProgress, Signing, type SignedDocument, type SigningOptions, type ToSign, type UnsignedDocument } from "./signing.js";

const loginTimeout = 120_000; // the agent's own, PROTOCOL.md section 4
const grace = 5_000; // ms by which the agent may be late with "nobody answered in time"
const acceptTimeout = 5_000;

/** Options of a login. */
export interface LoginOptions {
  /** Language of the dialogs; without it the citizen's own. */
  readonly lang?: "it" | "en" | "de";
  /** Time for the whole login, 10,000 to 600,000 ms; 120,000 without it. */
  readonly timeoutMs?: number;
  /** Closes the PIN dialog and fails with USER_CANCELLED. */
  readonly signal?: AbortSignal;
}

/** Options of a reading of the holder's data. */
export interface IdentityOptions {
  /** Language of the dialog; without it the citizen's own. */
  readonly lang?: "it" | "en" | "de";
  /** Closes the dialog and fails with USER_CANCELLED. */
  readonly signal?: AbortSignal;
}

/** Options of a signature of a hash. */
export interface HashOptions extends LoginOptions {
  /** Bytes of the document, which the citizen reads. */
  readonly documentSize?: number;
}

/** What a portal can listen to while it watches. */
export interface Events {
  /** The card or the reader changed. */
  changed: Status;
  /** A card that was ready is gone: end the session. */
  removed: Status;
  /** The agent is gone and nothing is watched any more. */
  lost: PonteError;
}

type Listeners = { [E in keyof Events]: Set<(event: Events[E]) => void> };

/** An open door to the citizen's agent. Made by connect(). */
export class Ponte {
  /** Which door answered. */
  readonly door: "extension" | "websocket";
  /** Version of the agent. */
  readonly bridge: string;
  /** Methods that this agent has. */
  readonly features: readonly string[];

  readonly #session: Session;
  readonly #patience: Patience;
  readonly #listeners: Listeners = { changed: new Set(), removed: new Set(), lost: new Set() };
  readonly #signings = new Set<Signing>();
  #watching = false;
  #last: Status | undefined;

  /** @internal */
  constructor(session: Session, hello: Hello, answer: number) {
    this.#session = session;
    this.#patience = { answer, accept: acceptTimeout };
    this.door = session.door.kind;
    this.bridge = hello.bridge;
    this.features = hello.features;
    session.onNotification = (method, params) => {
      if (method === "card.changed" && this.#watching && isStatus(params)) {
        this.#see(params);
      }
      if (method === "sign.progress" && isProgress(params)) {
        for (const signing of this.#signings) {
          signing.hear(params);
        }
      }
    };
    session.onLost = (why, usable) => { this.#lost(why, usable); };
  }

  /** Asks the citizen for a login. challengeNonce comes from your server, and the token goes there. */
  async login(challengeNonce: string, { lang, timeoutMs, signal }: LoginOptions = {}): Promise<Token> {
    const params = { challengeNonce, ...(lang && { lang }), ...(timeoutMs !== undefined && { timeoutMs }) };
    const answer = (timeoutMs ?? loginTimeout) + grace;
    return this.#session.call("auth.login", params, isToken, { answer, accept: acceptTimeout, signal });
  }

  /** Reads data of the card's holder, after a dialog of the agent has shown the citizen these very values. Fails with
   * VERSION_MISMATCH where the agent is too old to do it, with CONSENT_DENIED where the citizen says no. */
  async identity<F extends IdentityField>(fields: readonly F[], { lang, signal }: IdentityOptions = {}): Promise<Identity<F>> {
    this.#need("identity.read", lang);
    const patience = { answer: loginTimeout + grace, accept: acceptTimeout, signal };
    const read = await this.#session.call("identity.read", { fields, ...(lang && { lang }) }, isIdentity, patience);
    // Nothing but what was asked for, whatever the agent gives.
    return Object.fromEntries(fields.filter((field) => read[field] !== undefined).map((field) => [field, read[field]])) as Identity<F>;
  }

  /** Signs a document with the card (an advanced electronic signature, FEA), after the citizen has seen it and typed the
   * PIN. A blob that is not a File needs options.name. */
  async signDocument(document: Blob, options: SigningOptions & { readonly name?: string } = {}): Promise<SignedDocument> {
    const name = options.name ?? (document as Partial<File>).name;
    if (name === undefined) {
      throw new TypeError("signDocument needs a File, or options.name");
    }
    const [signed] = await this.signDocuments([{ blob: document, name }], options);
    if (signed === undefined || "error" in signed) {
      throw signed?.error ?? fail("INTERNAL", options.lang ?? this.#session.lang);
    }
    return signed;
  }

  /** Signs 1 to 50 documents of at most 50 MB each and 100 MB in all, with one consent and one PIN. What is given back is in
   * the same order; a document that could not be signed says why, and when none could, the call fails. */
  async signDocuments(documents: readonly ToSign[], options: SigningOptions = {}): Promise<(SignedDocument | UnsignedDocument)[]> {
    this.#need("sign.document", options.lang);
    const signing = new Signing(this.#session, acceptTimeout, documents, options);
    this.#signings.add(signing);
    try {
      return await signing.run();
    } finally {
      this.#signings.delete(signing);
    }
  }

  /** The certificate for signatures, after the citizen's consent: it holds name and fiscal code. */
  async signingCertificate({ lang, signal }: IdentityOptions = {}): Promise<SigningCertificate> {
    this.#need("certificate.get", lang);
    const patience = { answer: loginTimeout + grace, accept: acceptTimeout, signal };
    return this.#session.call("certificate.get", { purpose: "signing", ...(lang && { lang }) }, isSigningCertificate, patience);
  }

  /** Signs a hash, base64, of a document that Ponte does not see: the citizen is told so. Prefer signDocument. */
  async signHash(
    certificate: string, hash: string, hashFunction: string, documentName: string, { lang, timeoutMs, signal, documentSize }: HashOptions = {},
  ): Promise<HashSignature> {
    this.#need("sign.hash", lang);
    const params = {
      certificate, hash, hashFunction, documentName, ...(documentSize !== undefined && { documentSize }), ...(lang && { lang }),
      timeoutMs: timeoutMs ?? loginTimeout,
    };
    return this.#session.call("sign.hash", params, isHashSignature, { answer: (timeoutMs ?? loginTimeout) + grace, accept: acceptTimeout, signal });
  }

  /** What is in the reader now. Needs the status scope, which a first login gives. */
  async status(): Promise<Status> {
    return this.#session.call("card.status", {}, isStatus, this.#patience);
  }

  /** From now on events are told; callback gets the status of now and every later one. */
  async watch(callback?: (status: Status) => void): Promise<Status> {
    const status = await this.#session.call("card.watch", {}, isStatus, this.#patience);
    this.#watching = true;
    if (callback !== undefined) {
      this.on("changed", callback);
    }
    this.#see(status);
    return status;
  }

  async unwatch(): Promise<void> {
    this.#watching = false;
    this.#last = undefined;
    await this.#session.call("card.unwatch", {}, isObject, this.#patience);
  }

  /** Listens to an event; returns how to stop. Events come while the card is watched. */
  on<E extends keyof Events>(event: E, listener: (event: Events[E]) => void): () => void {
    this.#listeners[event].add(listener);
    return () => { this.#listeners[event].delete(listener); };
  }

  /** Cancels what is open and closes the door. */
  close(): void {
    // With the extension the page stays the same channel, so say that nobody watches.
    this.#session.close(this.#watching ? "card.unwatch" : undefined);
    this.#watching = false;
  }

  /** Fails where the agent is too old. */
  #need(feature: string, lang: string | undefined): void {
    if (!this.features.includes(feature)) {
      throw fail("VERSION_MISMATCH", lang ?? this.#session.lang);
    }
  }

  #see(status: Status): void {
    const before = this.#last;
    this.#last = status;
    this.#emit("changed", status);
    if (before?.state === "ready" && status.state !== "ready") {
      this.#emit("removed", status);
    }
  }

  #lost(why: PonteError, usable: boolean): void {
    if (!this.#watching) {
      return;
    }
    this.#watching = false;
    const again = usable ? this.watch() : Promise.reject(why);
    again.catch((error: unknown) => { this.#emit("lost", error as PonteError); });
  }

  #emit<E extends keyof Events>(event: E, value: Events[E]): void {
    for (const listener of [...this.#listeners[event]]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => { throw error; }); // the listener's fault, not ours: let the page's console have it
      }
    }
  }
}
