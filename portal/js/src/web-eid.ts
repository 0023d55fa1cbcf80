// SPDX-License-Identifier: BSD-3-Clause

/**
 * The functions of web-eid.js 2 (names, options and error codes), answered by Ponte: a portal written for Web eID changes
 * one import. The token is the same, and the portal's server stays as it is. It is not Web eID's code.
 */

import { connect } from "./connect.js";
import { PonteError, type ErrorCode as PonteCode } from "./errors.js";
import type { SignatureAlgorithm } from "./messages.js";
import { version } from "./version.js";

/** The actions that web-eid.js names. */
export const Action = Object.freeze({
  STATUS: "web-eid:status",
  AUTHENTICATE: "web-eid:authenticate",
  GET_SIGNING_CERTIFICATE: "web-eid:get-signing-certificate",
  SIGN: "web-eid:sign",
} as const);

const kinds = {
  ERR_WEBEID_ACTION_TIMEOUT: "ActionTimeoutError",
  ERR_WEBEID_USER_TIMEOUT: "UserTimeoutError",
  ERR_WEBEID_VERSION_MISMATCH: "VersionMismatchError",
  ERR_WEBEID_VERSION_INVALID: "VersionInvalidError",
  ERR_WEBEID_EXTENSION_UNAVAILABLE: "ExtensionUnavailableError",
  ERR_WEBEID_NATIVE_UNAVAILABLE: "NativeUnavailableError",
  ERR_WEBEID_UNKNOWN_ERROR: "UnknownError",
  ERR_WEBEID_CONTEXT_INSECURE: "ContextInsecureError",
  ERR_WEBEID_USER_CANCELLED: "UserCancelledError",
  ERR_WEBEID_NATIVE_INVALID_ARGUMENT: "NativeInvalidArgumentError",
  ERR_WEBEID_NATIVE_FATAL: "NativeFatalError",
  ERR_WEBEID_ACTION_PENDING: "ActionPendingError",
  ERR_WEBEID_MISSING_PARAMETER: "MissingParameterError",
} as const;

export type ErrorCode = keyof typeof kinds;

/** The codes of web-eid.js by their own names, as its enumeration has them. */
export const ErrorCode = Object.freeze(Object.fromEntries(Object.keys(kinds).map((code) => [code, code]))) as { readonly [C in ErrorCode]: C };

export const config = Object.freeze({ VERSION: version, DEFAULT_USER_INTERACTION_TIMEOUT: 120_000 });

// What is not here is the card's turn or a fault: web-eid.js has no finer code for it. `ponteCode` and `hint` tell.
const codes: Readonly<Partial<Record<PonteCode, ErrorCode>>> = {
  USER_CANCELLED: "ERR_WEBEID_USER_CANCELLED",
  CONSENT_DENIED: "ERR_WEBEID_USER_CANCELLED",
  USER_TIMEOUT: "ERR_WEBEID_USER_TIMEOUT",
  EXTENSION_MISSING: "ERR_WEBEID_EXTENSION_UNAVAILABLE",
  LOCAL_NETWORK_BLOCKED: "ERR_WEBEID_EXTENSION_UNAVAILABLE",
  BRIDGE_UNREACHABLE: "ERR_WEBEID_NATIVE_UNAVAILABLE",
  VERSION_MISMATCH: "ERR_WEBEID_VERSION_MISMATCH",
  ORIGIN_INSECURE: "ERR_WEBEID_CONTEXT_INSECURE",
  INVALID_ARGUMENT: "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
  BRIDGE_BUSY: "ERR_WEBEID_ACTION_PENDING",
};

/** Every function here fails with one of these. */
export class WebEidError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** A sentence for the citizen; web-eid.js has none. */
    readonly hint?: string,
    /** The code of PROTOCOL.md, section 5. */
    readonly ponteCode?: PonteCode,
  ) {
    super(message);
    this.name = kinds[code];
  }

  /** Of this package, as web-eid.js adds its own to the errors of status(). */
  readonly library = version;
  /** What has to be brought up to date; only with ERR_WEBEID_VERSION_MISMATCH. */
  get requiresUpdate(): { readonly extension: boolean; readonly nativeApp: boolean } | undefined {
    return this.code === "ERR_WEBEID_VERSION_MISMATCH" ? { extension: false, nativeApp: true } : undefined;
  }
}

export interface ActionOptions {
  /** Language of the dialogs: it, en or de; others leave the citizen's own. */
  readonly lang?: string;
  /** Time for the citizen, ms; 120,000 without it. The agent takes 10,000 to 600,000; what is outside is moved to the edge. */
  readonly userInteractionTimeout?: number;
}

export interface LibraryStatusResponse {
  readonly library: string;
  readonly extension: string;
  readonly nativeApp: string;
}

export interface LibraryAuthenticateResponse {
  readonly unverifiedCertificate: string;
  readonly algorithm: string;
  readonly signature: string;
  readonly format: string;
  readonly appVersion: string;
}

export interface LibraryGetSigningCertificateResponse {
  readonly certificate: string;
  readonly supportedSignatureAlgorithms: readonly SignatureAlgorithm[];
}

export interface LibrarySignResponse {
  readonly signature: string;
  readonly signatureAlgorithm: SignatureAlgorithm;
}

const client = { name: "ponte-web-eid", version };
const pending = new Set<string>();

/** Runs an action, one of each kind at a time, and gives its failure a code of web-eid.js. */
async function only<T>(action: string, run: () => Promise<T>): Promise<T> {
  if (pending.has(action)) {
    throw new WebEidError("ERR_WEBEID_ACTION_PENDING", `${action} is pending`);
  }
  pending.add(action);
  try {
    return await run();
  } catch (error) {
    throw error instanceof PonteError
      ? new WebEidError(codes[error.code] ?? "ERR_WEBEID_NATIVE_FATAL", error.message, error.hint, error.code)
      : error;
  } finally {
    pending.delete(action);
  }
}

function need(action: string, parameters: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value !== "string" || value === "") {
      throw new WebEidError("ERR_WEBEID_MISSING_PARAMETER", `${action} needs ${name}`);
    }
  }
}

/** Is Ponte there, and which version? Outside a click only the extension is asked, and only for a site where the citizen has
 * logged in before: to all others Ponte does not show itself, and this fails with ERR_WEBEID_EXTENSION_UNAVAILABLE. The
 * extension does not tell its version; the agent's stands for both. */
export async function status(): Promise<LibraryStatusResponse> {
  return only("status", async () => {
    const ponte = await connect({ client, doors: clicking() ? ["extension", "websocket"] : ["extension"] });
    ponte.close();
    return { library: version, extension: ponte.bridge, nativeApp: ponte.bridge };
  });
}

/** Gives the Web eID authentication token. Call it in a click handler, within 5 s of the click. */
export async function authenticate(challengeNonce: string, options?: ActionOptions): Promise<LibraryAuthenticateResponse> {
  return only("authenticate", async () => {
    need("authenticate", { challengeNonce });
    const { lang, timeoutMs } = translate(options);
    const ponte = await connect({ client, ...lang });
    try {
      const token = await ponte.login(challengeNonce, { ...lang, timeoutMs });
      return { ...token, appVersion: token.appVersion ?? `ponte/${ponte.bridge}` };
    } finally {
      ponte.close();
    }
  });
}

/** Gives the certificate for signatures, after the citizen's consent. */
export async function getSigningCertificate(options?: ActionOptions): Promise<LibraryGetSigningCertificateResponse> {
  return only("getSigningCertificate", async () => {
    const { lang } = translate(options);
    const ponte = await connect({ client, ...lang });
    try {
      return await ponte.signingCertificate(lang);
    } finally {
      ponte.close();
    }
  });
}

/** Signs a hash with the card. Web eID names no document: the dialog shows the hash, and that Ponte has not seen what is
 * signed. */
export async function sign(certificate: string, hash: string, hashFunction: string, options?: ActionOptions): Promise<LibrarySignResponse> {
  return only("sign", async () => {
    need("sign", { certificate, hash, hashFunction });
    const { lang, timeoutMs } = translate(options);
    const ponte = await connect({ client, ...lang });
    try {
      return await ponte.signHash(certificate, hash, hashFunction, pageName(), { ...lang, timeoutMs });
    } finally {
      ponte.close();
    }
  });
}

/** The page's title as the name of a document: without what looks like a path, and without what is not seen. */
function pageName(): string {
  return document.title.replace(/[/\\\p{C}\s]+/gu, " ").trim().slice(0, 100) || location.host;
}

/** A browser without userActivation does not tell: let both doors be tried. */
function clicking(): boolean {
  return (navigator as { userActivation?: UserActivation }).userActivation?.isActive ?? true;
}

function translate({ lang, userInteractionTimeout = config.DEFAULT_USER_INTERACTION_TIMEOUT }: ActionOptions = {}): {
  lang: { lang?: "it" | "en" | "de" };
  timeoutMs: number;
} {
  const known = (["it", "en", "de"] as const).find((l) => l === lang?.slice(0, 2).toLowerCase());
  return { lang: known ? { lang: known } : {}, timeoutMs: Math.min(600_000, Math.max(10_000, Math.round(userInteractionTimeout))) };
}
