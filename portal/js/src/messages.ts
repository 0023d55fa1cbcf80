// SPDX-License-Identifier: BSD-3-Clause

// The messages of PROTOCOL.md that a page sees, and the guards that admit them.

export const states = ["no-reader", "no-card", "mute", "unknown", "ready"] as const;

/** What is in the reader. */
export type CardState = (typeof states)[number];

/** What a page may know of a card before a login: nothing about its holder. */
export interface Status {
  readonly state: CardState;
  /** The code that would refuse a login now, or null. */
  readonly problem: string | null;
  readonly pin: { readonly triesLeft: number | null; readonly blocked: boolean };
  /** Days until the certificate expires: null without one, negative when it has expired. */
  readonly expiresInDays: number | null;
}

/** The Web eID authentication token 1.0: send it to your server as it is. */
export interface Token {
  readonly unverifiedCertificate: string;
  readonly algorithm: string;
  readonly signature: string;
  readonly format: string;
  readonly appVersion?: string;
}

/** What identity.read can give. Dates are YYYY-MM-DD, municipalities their cadastral code. */
export type IdentityField =
  | "fiscalCode" | "name" | "surname" | "birthDate" | "sex" | "birthMunicipality" | "residenceMunicipality"
  | "issueDate" | "expiryDate" | "cardNumber";

/** The data that were asked for; a field that the card leaves empty is not there. Not signed by the card: what decides who
 * somebody is comes from the token, which your server verifies. */
export type Identity<F extends IdentityField = IdentityField> = Readonly<Partial<Record<F, string>>>;

/** The result of bridge.hello. */
export interface Hello {
  readonly protocol: number;
  readonly bridge: string;
  readonly features: readonly string[];
}

/** A request, as it travels. */
export interface Request {
  readonly jsonrpc: "2.0";
  readonly id: string;
  readonly method: string;
  readonly params: object;
}

export function isObject(v: unknown): v is Readonly<Record<string, unknown>> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

function isNumberOrNull(v: unknown): v is number | null {
  return v === null || typeof v === "number";
}

export function isStatus(v: unknown): v is Status {
  return (
    isObject(v) &&
    states.some((state) => state === v.state) &&
    (v.problem === null || typeof v.problem === "string") &&
    isObject(v.pin) &&
    isNumberOrNull(v.pin.triesLeft) &&
    typeof v.pin.blocked === "boolean" &&
    isNumberOrNull(v.expiresInDays)
  );
}

export function isToken(v: unknown): v is Token {
  return (
    isObject(v) &&
    [v.unverifiedCertificate, v.algorithm, v.signature, v.format].every((text) => typeof text === "string") &&
    (v.appVersion === undefined || typeof v.appVersion === "string")
  );
}

export function isIdentity(v: unknown): v is Identity {
  return isObject(v) && Object.values(v).every((text) => typeof text === "string");
}

export function isHello(v: unknown): v is Hello {
  return (
    isObject(v) &&
    typeof v.protocol === "number" &&
    typeof v.bridge === "string" &&
    Array.isArray(v.features) &&
    v.features.every((feature) => typeof feature === "string")
  );
}
