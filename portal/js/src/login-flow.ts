// SPDX-License-Identifier: BSD-3-Clause

// A login from the click to the portal's answer, without anything that can be seen: <ponte-login> shows it.

import { connect } from "./connect.js";
import { fail, type PonteError } from "./errors.js";
import { isObject, type CardState, type Status, type Token } from "./messages.js";
import type { Ponte } from "./ponte.js";
import { version } from "./version.js";

/** What the citizen waits for, or has to do. */
export type Step = "connecting" | "permission" | "reader" | "card" | "turn" | "pin" | "verifying";

/** Why a login failed: a PonteError, or what the portal's server has said. */
export interface Failure {
  /** A code of PROTOCOL.md, the `code` of the server's problem details, SERVER_REFUSED, or SERVER_UNREACHABLE. */
  readonly code: string;
  /** A sentence for the citizen; empty when nobody had one. */
  readonly hint: string;
  readonly retry: boolean;
}

/** The portal's server did not let the citizen in, or did not answer. */
export class ServerError extends Error implements Failure {
  override readonly name = "ServerError";

  constructor(
    readonly code: string,
    readonly hint: string,
    readonly retry: boolean,
    /** Of HTTP; 0 without an answer. */
    readonly status: number,
  ) {
    super(`${code}: the portal's server answered ${status}`);
  }
}

export interface Options {
  readonly challengeUrl: string;
  /** Without it the token is given to the page. */
  readonly loginUrl: string | undefined;
  /** More headers for both requests, such as a CSRF token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly lang: "it" | "en" | "de";
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => void;
}

/** How a login ended well. */
export interface Result {
  readonly nonce: string;
  readonly token: Token;
  /** JSON of the login address; undefined without one. */
  readonly answer?: unknown;
}

const patience = 20_000; // ms for each request to the portal's server
const quiet = 2_500; // ms after which a dialog, of the agent or of the browser, probably asks for a permission

/** Call it first thing in a click handler. Fails with a PonteError or a ServerError, and always ends. */
export async function runLogin(options: Options): Promise<Result> {
  const { lang, signal, onStep, challengeUrl, loginUrl } = options;
  onStep("connecting");
  const asking = setTimeout(() => { onStep("permission"); }, quiet);
  const ponte = await connect({ client: { name: "ponte-login", version }, lang, signal }).finally(() => { clearTimeout(asking); });
  try {
    await cardIn(ponte, options); // before the nonce, which lives for minutes only
    onStep("pin");
    const nonce = nonceOf(await askServer(challengeUrl, undefined, options));
    const token = await ponte.login(nonce, { lang, signal });
    if (loginUrl === undefined) {
      return { nonce, token };
    }
    onStep("verifying");
    return { nonce, token, answer: await askServer(loginUrl, { nonce, token }, options) };
  } finally {
    ponte.close();
  }
}

const steps: Readonly<Partial<Record<CardState, Step>>> = { "no-reader": "reader", "no-card": "card", mute: "turn" };
const mended = [null, "NO_READER", "NO_CARD", "CARD_MUTE"]; // by a reader or a card; a service that is down is not

/** Waits until something that answers is in the reader. A site where the citizen has never been may not know, and goes on:
 * the login itself says what is missing. */
async function cardIn(ponte: Ponte, { lang, signal, onStep }: Options): Promise<void> {
  const stops: (() => void)[] = [];
  await new Promise<void>((done, failed) => {
    const see = ({ state, problem }: Status): void => {
      const step = steps[state];
      if (step === undefined || !mended.includes(problem)) {
        done();
      } else {
        onStep(step);
      }
    };
    const abort = (): void => { failed(fail("USER_CANCELLED", lang)); };
    signal.addEventListener("abort", abort);
    stops.push(ponte.on("changed", see), ponte.on("lost", failed), () => { signal.removeEventListener("abort", abort); });
    ponte.watch().catch((error: unknown) => {
      const why = error as PonteError; // as every call of the library
      if (why.code === "CONSENT_DENIED") {
        done();
      } else {
        failed(why);
      }
    });
  }).finally(() => { stops.forEach((stop) => { stop(); }); }); // a card that leaves later is the login's to tell
}

function nonceOf(answer: unknown): string {
  const nonce = isObject(answer) ? (answer.nonce ?? answer.challengeNonce) : undefined;
  if (typeof nonce !== "string") {
    throw new ServerError("SERVER_REFUSED", "", false, 200);
  }
  return nonce;
}

/** One request to the portal's own server: a GET without a body, a POST with one. */
async function askServer(url: string, body: object | undefined, options: Options): Promise<unknown> {
  const { lang, signal } = options;
  const limit = new AbortController();
  const stop = (): void => { limit.abort(); };
  const timer = setTimeout(stop, patience);
  signal.addEventListener("abort", stop);
  try {
    const response = await send(url, body, options, limit.signal);
    const answer = await jsonOf(response);
    if (!response.ok) {
      throw refusal(response.status, answer);
    }
    return answer;
  } catch (error) {
    if (signal.aborted) {
      throw fail("USER_CANCELLED", lang);
    }
    throw error instanceof ServerError ? error : new ServerError("SERVER_UNREACHABLE", "", true, 0);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

async function send(url: string, body: object | undefined, { headers, lang }: Options, signal: AbortSignal): Promise<Response> {
  const common: RequestInit = { credentials: "same-origin", cache: "no-store", signal };
  const own = { Accept: "application/json", "Accept-Language": lang, ...headers };
  if (body === undefined) {
    const response = await fetch(url, { ...common, headers: own });
    if (response.status !== 405) {
      return response;
    }
    body = {}; // a server where a challenge is a POST
  }
  return fetch(url, { ...common, method: "POST", headers: { "Content-Type": "application/json", ...own }, body: JSON.stringify(body) });
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // a page of a proxy, or nothing at all
  }
}

/** What problem details (RFC 9457) say, or a status alone. */
function refusal(status: number, answer: unknown): ServerError {
  const { code, reason = code, title, detail = title } = isObject(answer) ? answer : {};
  return new ServerError(
    typeof reason === "string" && reason !== "" ? reason : "SERVER_REFUSED",
    typeof detail === "string" && detail.length <= 500 ? detail : "",
    status === 429 || status >= 500,
    status,
  );
}
