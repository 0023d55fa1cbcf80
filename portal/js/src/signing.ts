// SPDX-License-Identifier: BSD-3-Clause

import { fail, PonteError } from "./errors.js";
import { isObject, isPart, isReceived, isSigned, type SignedEntry } from "./messages.js";
import { errorOf, type Session } from "./session.js";

const citizenTimeout = 600_000; // the agent's own, PROTOCOL.md section 4
const grace = 5_000; // for what is on its way
const partTimeout = 30_000; // ms for one part of a document, as the agent waits for it
const partBytes = 45_000; // a multiple of 3: only the last part of a document has padding
const readBytes = partBytes * 20; // from the blob at once
const ahead = 8; // parts under way; the agent takes 16 requests of a page at once

/** A document to be signed: a File, or anything with a name. */
export type ToSign = File | { readonly blob: Blob; readonly name: string };

/** How a signature is made. Without anything: PAdES-B-B for a PDF, else CAdES-B-B with the document inside (.p7m). */
export interface SigningOptions {
  readonly format?: "pades" | "cades" | "xades" | "asic-s";
  readonly shape?: "attached" | "detached" | "enveloped" | "enveloping" | "parallel";
  /** B-T adds a time stamp, where the agent has an authority for them. */
  readonly level?: "B-B" | "B-T";
  /** Where a PDF shows the signature: points from the lower left corner of a page, the first being 1. */
  readonly visible?: { readonly page: number; readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly reason?: string;
  readonly location?: string;
  /** Language of the dialogs; without it the citizen's own. */
  readonly lang?: "it" | "en" | "de";
  /** Time for the citizen once all documents are there, 10,000 to 1,800,000 ms; 600,000 without it. */
  readonly timeoutMs?: number;
  /** Ends it at any time, closes the dialog and fails with USER_CANCELLED. */
  readonly signal?: AbortSignal;
  /** Told how far it is. */
  readonly onProgress?: (progress: SigningProgress) => void;
}

/** How far a signature is. */
export interface SigningProgress {
  /** `sending` to the agent, `asking` the citizen, `signing` with the card, `receiving` from the agent. */
  readonly stage: "sending" | "asking" | "signing" | "receiving";
  /** The document that it is about; the first is 0. */
  readonly document: number;
  /** Bytes of all documents while sending and receiving, documents while asking and signing. */
  readonly done: number;
  readonly total: number;
}

/** A signed document. */
export interface SignedDocument {
  /** With the ending of its format: `domanda.pdf.p7m`. */
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Of the signed document, lower-case hexadecimal. */
  readonly sha256: string;
  /** B-B or B-T. */
  readonly level: string;
  /** What was signed, as the agent received it. */
  readonly original: { readonly sha256: string };
  readonly blob: Blob;
}

/** A document of several that was not signed, and why. */
export interface UnsignedDocument {
  readonly name: string;
  readonly error: PonteError;
}

/** Signs documents: one consent and one PIN for all of them. One use for each object. */
export class Signing {
  readonly #documents: readonly { readonly blob: Blob; readonly name: string }[];
  readonly #control = new AbortController(); // ends what is under way when one part of it fails
  readonly #bytes: number;
  #request = "";

  constructor(readonly session: Session, readonly accept: number, documents: readonly ToSign[], readonly options: SigningOptions) {
    this.#documents = documents.map((d) => (d instanceof Blob ? { blob: d, name: d.name } : d));
    this.#bytes = this.#documents.reduce((sum, { blob }) => sum + blob.size, 0);
  }

  async run(): Promise<(SignedDocument | UnsignedDocument)[]> {
    const { signal } = this.options;
    const abort = (): void => { this.#control.abort(); };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) {
      abort();
    }
    try {
      const entries = await this.#sign();
      return await this.#receive(entries);
    } catch (error) {
      this.#control.abort();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      if (this.#request !== "") {
        this.session.tell("sign.end", { request: this.#request });
      }
    }
  }

  /** Hears a sign.progress of the agent. Whatever else it says, what is sent and received we know ourselves. */
  hear(params: Readonly<Record<string, unknown>>): void {
    const { request, stage, document, done, total } = params;
    if (request === this.#request && (stage === "asking" || stage === "signing") &&
        typeof document === "number" && typeof done === "number" && typeof total === "number") {
      this.#say({ stage, document, done, total });
    }
  }

  async #sign(): Promise<readonly SignedEntry[]> {
    const { format, shape, level, visible, reason, location, lang, timeoutMs } = this.options;
    const options = { format, shape, level, visible, reason, location, lang, timeoutMs };
    const documents = this.#documents.map(({ blob, name }) => ({ name, ...(blob.type !== "" && { type: blob.type }), size: blob.size }));
    const parts = this.#documents.reduce((sum, { blob }) => sum + Math.ceil(blob.size / partBytes), 0);
    const answer = (timeoutMs ?? citizenTimeout) + grace + parts * partTimeout;
    const { id, answer: signed } = this.session.start("sign.document", { documents, ...given(options) }, isSigned, {
      answer, accept: this.accept, signal: this.#control.signal,
    });
    this.#request = id;
    // Whichever fails first ends the other: the agent may refuse before all is sent, and a file may be gone.
    const [result] = await Promise.all([signed, this.#send().catch(async (error: unknown) => this.#unless(signed, error))]);
    if (result.documents.length !== this.#documents.length) {
      throw fail("INTERNAL", lang ?? this.session.lang);
    }
    return result.documents;
  }

  /** Fails with the error of a part, unless the agent is about to say why it takes no more: that is the reason to tell. */
  async #unless(signed: Promise<unknown>, error: unknown): Promise<never> {
    if (error instanceof PonteError) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([signed, new Promise((resolve) => { timer = setTimeout(resolve, grace); })]).finally(() => { clearTimeout(timer); });
    }
    throw error;
  }

  async #send(): Promise<void> {
    const under = new Set<Promise<unknown>>();
    let sent = 0;
    for (const [document, { blob }] of this.#documents.entries()) {
      for await (const { offset, bytes } of partsOf(blob)) {
        while (under.size >= ahead) {
          await Promise.race(under);
        }
        if (this.#control.signal.aborted) {
          return; // whoever ended it has the reason
        }
        const params = { request: this.#request, document, offset, data: toBase64(bytes) };
        const part = this.session.call("sign.send", params, isReceived, this.#patience()).then(() => {
          under.delete(part);
          sent += bytes.length;
          this.#say({ stage: "sending", document, done: sent, total: this.#bytes });
        });
        part.catch(() => undefined); // it is awaited below, but another may fail before
        under.add(part);
      }
    }
    await Promise.all(under);
  }

  async #receive(entries: readonly SignedEntry[]): Promise<(SignedDocument | UnsignedDocument)[]> {
    const total = entries.reduce((sum, { size = 0 }) => sum + size, 0);
    const documents: (SignedDocument | UnsignedDocument)[] = [];
    let received = 0;
    for (const [document, entry] of entries.entries()) {
      const { name, type = "", size = 0, sha256 = "", level = "", original } = entry;
      if (original === undefined) {
        documents.push({ name, error: errorOf(entry.error, name) ?? this.#unreadable() });
        continue;
      }
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for (let offset = 0, end = false; !end;) {
        const part = await this.session.call("sign.receive", { request: this.#request, document, offset }, isPart, this.#patience());
        const bytes = fromBase64(part.data);
        ({ end } = part);
        offset += bytes.length;
        received += bytes.length;
        if (offset > size || end !== (offset === size) || (bytes.length === 0 && !end)) {
          throw this.#unreadable();
        }
        parts.push(bytes);
        this.#say({ stage: "receiving", document, done: received, total });
      }
      documents.push({ name, type, size, sha256, level, original, blob: new Blob(parts, { type }) });
    }
    return documents;
  }

  #patience(): { answer: number; accept: number; signal: AbortSignal } {
    return { answer: partTimeout, accept: this.accept, signal: this.#control.signal };
  }

  #unreadable(): PonteError {
    return fail("INTERNAL", this.options.lang ?? this.session.lang);
  }

  #say(progress: SigningProgress): void {
    try {
      this.options.onProgress?.(progress);
    } catch (error) {
      queueMicrotask(() => { throw error; }); // the listener's fault, not ours
    }
  }
}

/** Leaves out what is not given: the agent refuses members that it does not know, and null. */
function given(options: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

async function* partsOf(blob: Blob): AsyncGenerator<{ offset: number; bytes: Uint8Array }> {
  for (let start = 0; start < blob.size; start += readBytes) {
    const read = new Uint8Array(await blob.slice(start, start + readBytes).arrayBuffer());
    for (let offset = 0; offset < read.length; offset += partBytes) {
      yield { offset: start + offset, bytes: read.subarray(offset, offset + partBytes) };
    }
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** Whether a notification is one of a signature. */
export function isProgress(v: unknown): v is Readonly<Record<string, unknown>> {
  return isObject(v) && typeof v.request === "string";
}
