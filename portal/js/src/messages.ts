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

/** An algorithm as Web eID names it. */
export interface SignatureAlgorithm {
  readonly cryptoAlgorithm: string;
  readonly hashFunction: string;
  readonly paddingScheme: string;
}

/** The result of certificate.get. */
export interface SigningCertificate {
  /** base64 of the DER: the holder's name and fiscal code are in it. */
  readonly certificate: string;
  readonly supportedSignatureAlgorithms: readonly SignatureAlgorithm[];
}

/** The result of sign.hash. */
export interface HashSignature {
  /** base64 */
  readonly signature: string;
  readonly signatureAlgorithm: SignatureAlgorithm;
}

/** A document of the result of sign.document, as it travels. */
export interface SignedEntry {
  readonly name: string;
  readonly type?: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly level?: string;
  readonly original?: { readonly sha256: string };
  readonly error?: Readonly<Record<string, unknown>>;
}

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

function isAlgorithm(v: unknown): v is SignatureAlgorithm {
  return isObject(v) && [v.cryptoAlgorithm, v.hashFunction, v.paddingScheme].every((text) => typeof text === "string");
}

export function isSigningCertificate(v: unknown): v is SigningCertificate {
  return (
    isObject(v) &&
    typeof v.certificate === "string" &&
    Array.isArray(v.supportedSignatureAlgorithms) &&
    v.supportedSignatureAlgorithms.every(isAlgorithm)
  );
}

export function isHashSignature(v: unknown): v is HashSignature {
  return isObject(v) && typeof v.signature === "string" && isAlgorithm(v.signatureAlgorithm);
}

function isSignedEntry(v: unknown): v is SignedEntry {
  if (!isObject(v) || typeof v.name !== "string") {
    return false;
  }
  return isObject(v.error) || (
    typeof v.size === "number" &&
    [v.type, v.sha256, v.level, isObject(v.original) ? v.original.sha256 : undefined].every((text) => typeof text === "string")
  );
}

export function isSigned(v: unknown): v is { readonly documents: readonly SignedEntry[] } {
  return isObject(v) && Array.isArray(v.documents) && v.documents.every(isSignedEntry);
}

export function isReceived(v: unknown): v is { readonly received: number } {
  return isObject(v) && typeof v.received === "number";
}

export function isPart(v: unknown): v is { readonly data: string; readonly end: boolean } {
  return isObject(v) && typeof v.data === "string" && typeof v.end === "boolean";
}
