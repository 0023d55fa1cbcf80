// SPDX-License-Identifier: EUPL-1.2

// Versions of Ponte. The stores update the extension by themselves, so its own version tells of a program that is older:
// nobody has to be asked over the network.

const form = /^([0-9]{1,5})\.([0-9]{1,5})\.([0-9]{1,5})$/;

/** Is a released version newer than another one? A version between two releases (0.2.0-dev.3) is never compared. */
export function isNewer(version: string, other: string): boolean {
  const [a, b] = [numbers(version), numbers(other)];
  const i = a.findIndex((n, at) => n !== b[at]);
  return b.length > 0 && i >= 0 && (a[i] ?? 0) > (b[i] ?? 0);
}

function numbers(version: string): number[] {
  return (form.exec(version) ?? []).slice(1).map(Number);
}
