// SPDX-License-Identifier: BSD-3-Clause

import type { Door, Listener } from "./door.js";
import { fail, isErrorCode, PonteError } from "./errors.js";
import { isObject } from "./messages.js";

/** What a call waits for, and for how long. */
export interface Patience {
  /** ms until the answer. */
  readonly answer: number;
  /** ms until the extension must have accepted the request. */
  readonly accept: number;
  readonly signal?: AbortSignal | undefined;
}

/** A call that is under way. */
export interface Started<T> {
  readonly id: string;
  readonly answer: Promise<T>;
}

interface Pending {
  accepted(): void;
  settle(answer: Readonly<Record<string, unknown>> | PonteError): void;
}

/** JSON-RPC over a door: every call ends, with an answer or with an error. */
export class Session implements Listener {
  /** Called for each notification. */
  onNotification: ((method: string, params: unknown) => void) | undefined;
  /** Called when what was watched is gone. */
  onLost: ((why: PonteError, usable: boolean) => void) | undefined;

  // Several clients may share the page, and with the extension the page is the channel: ids must differ.
  readonly #name = [...crypto.getRandomValues(new Uint32Array(2))].map((n) => n.toString(36)).join("");
  #count = 0;
  #open = true;
  readonly #pending = new Map<unknown, Pending>();

  constructor(readonly door: Door, readonly lang: string | undefined) {
    door.listener = this;
  }

  async call<T>(method: string, params: object, is: (v: unknown) => v is T, patience: Patience): Promise<T> {
    return this.start(method, params, is, patience).answer;
  }

  /** A call with the id under which the agent knows it. */
  start<T>(method: string, params: object, is: (v: unknown) => v is T, patience: Patience): Started<T> {
    const id = this.#nextId();
    return { id, answer: this.#run(id, method, params, is, patience) };
  }

  /** Sends a request for whose answer nobody waits. */
  tell(method: string, params: object): void {
    if (this.#open) {
      this.door.send({ jsonrpc: "2.0", id: this.#nextId(), method, params });
    }
  }

  /** Cancels what is open and closes the door, after a last request that nobody waits for. */
  close(farewell?: string): void {
    for (const id of this.#pending.keys()) {
      this.#cancel(id);
    }
    if (farewell !== undefined) {
      this.tell(farewell, {});
    }
    this.#open = false;
    this.#drop("USER_CANCELLED");
    this.door.close();
  }

  accepted(id: unknown): void {
    this.#pending.get(id)?.accepted();
  }

  message(rpc: unknown): void {
    if (!isObject(rpc)) {
      return;
    }
    if (typeof rpc.method === "string") {
      this.onNotification?.(rpc.method, rpc.params);
    } else {
      this.#pending.get(rpc.id)?.settle(rpc.error === undefined ? rpc : this.#errorOf(rpc.error));
    }
  }

  lost(usable: boolean): void {
    this.#open &&= usable;
    this.#drop("BRIDGE_UNREACHABLE");
    this.onLost?.(fail("BRIDGE_UNREACHABLE", this.lang), usable);
  }

  left(): void {
    this.#drop("USER_CANCELLED");
  }

  back(): void {
    this.onLost?.(fail("USER_CANCELLED", this.lang), true);
  }

  async #run<T>(id: string, method: string, params: object, is: (v: unknown) => v is T, patience: Patience): Promise<T> {
    if (!this.#open) {
      throw fail("BRIDGE_UNREACHABLE", this.lang);
    }
    if (patience.signal?.aborted) {
      throw fail("USER_CANCELLED", this.lang);
    }
    const answer = await this.#ask(id, method, params, patience);
    if (!is(answer.result)) {
      throw fail("INTERNAL", this.lang);
    }
    return answer.result;
  }

  async #ask(id: string, method: string, params: object, { answer, accept, signal }: Patience): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve, reject) => {
      const give = (): void => {
        this.#cancel(id);
        settle(fail("BRIDGE_UNREACHABLE", this.lang));
      };
      const abort = (): void => {
        this.#cancel(id);
        settle(fail("USER_CANCELLED", this.lang));
      };
      const missing = (): void => { settle(fail("EXTENSION_MISSING", this.lang)); };
      const answerTimer = setTimeout(give, answer);
      const acceptTimer = this.door.kind === "extension" ? setTimeout(missing, accept) : undefined;
      const settle: Pending["settle"] = (outcome) => {
        clearTimeout(answerTimer);
        clearTimeout(acceptTimer);
        signal?.removeEventListener("abort", abort);
        this.#pending.delete(id);
        if (outcome instanceof PonteError) {
          reject(outcome);
        } else {
          resolve(outcome);
        }
      };
      signal?.addEventListener("abort", abort);
      this.#pending.set(id, { settle, accepted: () => { clearTimeout(acceptTimer); } });
      this.door.send({ jsonrpc: "2.0", id, method, params });
    });
  }

  #nextId(): string {
    return `${this.#name}-${++this.#count}`;
  }

  #cancel(id: unknown): void {
    this.tell("request.cancel", { id });
  }

  #drop(why: "USER_CANCELLED" | "BRIDGE_UNREACHABLE"): void {
    for (const pending of [...this.#pending.values()]) {
      pending.settle(fail(why, this.lang));
    }
  }

  #errorOf(error: unknown): PonteError {
    return errorOf(isObject(error) ? error.data : undefined, isObject(error) ? String(error.message) : "") ?? fail("INTERNAL", this.lang);
  }
}

/** What the agent says of a failure, or undefined when it cannot be read. */
export function errorOf(data: unknown, message: string): PonteError | undefined {
  if (!isObject(data) || typeof data.hint !== "string" || typeof data.retry !== "boolean") {
    return undefined;
  }
  const { code, hint, retry, reason } = data;
  return new PonteError(isErrorCode(code) ? code : "INTERNAL", hint, `${message} (${String(code)})`, retry, typeof reason === "string" ? reason : undefined);
}
