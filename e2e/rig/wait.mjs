// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Waiting for conditions. The limit is for a broken machine, not for a slow one.

export const limit = 120_000; // ms
const pause = 25; // ms between two looks

/**
 * Looks until there is something to see, and gives it.
 * @template T
 * @param {string} what for the error
 * @param {() => T | Promise<T>} look
 * @returns {Promise<NonNullable<Exclude<T, false>>>}
 */
export async function until(what, look) {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) {
      return /** @type {NonNullable<Exclude<T, false>>} */ (seen);
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain for ${what}`);
    }
    await new Promise((wake) => setTimeout(wake, pause));
  }
}
