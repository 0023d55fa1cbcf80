// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

// What these pages use of portal/js, which has the whole of it.
/** @typedef {{
 *   identity(fields: string[], options?: {lang?: string}): Promise<Record<string, string | undefined>>,
 *   signDocument(document: Blob, options: {name: string, reason?: string | undefined, lang?: string, visible?: object,
 *     onProgress?: (progress: {stage: string, done: number, total: number}) => void}): Promise<{blob: Blob}>,
 *   login(nonce: string, options?: {lang?: string}): Promise<object>,
 *   watch(): Promise<{state: string}>,
 *   on(event: "removed" | "lost", callback: () => void): unknown,
 *   close(): void,
 * }} Ponte */

// The library is asked for when the page opens: a click counts for about five seconds only, and connect() must be the
// first thing in it. A page without the library says so at the click.
const address = document.body.dataset["library"];
const library = address ? import(address) : Promise.resolve(undefined);
library.catch(() => undefined); // connect() meets the error again

/**
 * Connects to the agent, by the extension or by the WebSocket.
 * @returns {Promise<Ponte | undefined>} undefined where the library is missing
 */
export async function connect() {
  const module = await library.catch(() => undefined);
  return module?.connect({ client: { name: "ponte-demo", version: "0.1.0" } });
}
