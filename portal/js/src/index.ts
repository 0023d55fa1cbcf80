// SPDX-License-Identifier: BSD-3-Clause

/**
 * The client of Ponte for portals: asks the citizen's own agent for a login with the health card (TS-CNS), through the
 * browser extension or, without it, through a WebSocket on this computer. It verifies nothing: the token goes to the
 * portal's server, which does.
 */

export { connect, type ConnectOptions } from "./connect.js";
export { PonteError, type ErrorCode } from "./errors.js";
export type {
  CardState, HashSignature, Identity, IdentityField, SignatureAlgorithm, SigningCertificate, Status, Token,
} from "./messages.js";
export type { Events, HashOptions, IdentityOptions, LoginOptions, Ponte } from "./ponte.js";
export type { SignedDocument, SigningOptions, SigningProgress, ToSign, UnsignedDocument } from "./signing.js";
