// SPDX-License-Identifier: EUPL-1.2

// What the administrator has set for the extension in this browser (managed storage; docs/enterprise.md). The agent has a
// policy of its own that holds in any case: the list here is one more wall, and a narrower one.
//
// Chromium tells what is set only when its first page is there and idle: after 3 to 5 s where nothing else happens, and
// not in 13 s of one page after the other. A page takes us for missing after 600 ms. So nobody waits for it: what was set
// the last time holds until then. That is all that the extension keeps on disk.

import { isObject } from "./messages";
import { parseOrigin } from "./origin";

const languages = ["it", "en", "de"] as const;
type Language = (typeof languages)[number];

/** The keys of chrome/managed.json. */
export interface Managed {
  readonly sites?: readonly string[]; // the only origins that may ask; without it all may
  readonly language?: Language; // of the popup, while no agent says another
}

const maxSites = 1000; // as many as a list of the agent's policy has
const remembered = "managed"; // the key in storage.local
const nothingSet = "manifest not found"; // in what Firefox says then

export function isLanguage(v: unknown): v is Language {
  return languages.some((language) => language === v);
}

/** What is set. A list that is none names no site: an administrator's list must not be passed over. */
export function readManaged(v: unknown): Managed {
  const { sites, language } = isObject(v) ? v : {};
  return {
    ...(sites === undefined ? {} : { sites: Array.isArray(sites) ? readSites(sites) : [] }),
    ...(isLanguage(language) ? { language } : {}),
  };
}

function readSites(list: readonly unknown[]): string[] {
  return list.slice(0, maxSites).map((site) => (typeof site === "string" ? parseOrigin(site) : undefined)).filter((origin) => origin !== undefined);
}

/** What was set when the browser last told, for the popup. */
export async function lastManaged(): Promise<Managed> {
  try {
    return readManaged((await chrome.storage.local.get(remembered))[remembered]);
  } catch {
    return {};
  }
}

export class Administrator {
  #sites: ReadonlySet<string> | undefined;
  #waiting: (() => void)[] | undefined = []; // until what was remembered is read
  #kept: string | undefined; // what is on disk
  #told = false;

  /** changed is called when the sites may be others than before. */
  constructor(readonly changed: () => void) {
    chrome.storage.onChanged.addListener((_, area) => {
      if (area === "managed") {
        this.#ask();
      }
    });
    this.#recall();
    this.#ask();
  }

  permits(origin: string): boolean {
    return this.#sites === undefined || this.#sites.has(origin);
  }

  /** Calls f as soon as permits can be asked: at once, save in the first milliseconds. */
  whenReady(f: () => void): void {
    if (this.#waiting === undefined) {
      f();
    } else {
      this.#waiting.push(f);
    }
  }

  #recall(): void {
    chrome.storage.local.get(remembered, (kept: unknown) => {
      const readable = chrome.runtime.lastError === undefined && isObject(kept); // else nothing is remembered
      if (!this.#told) {
        const managed = readManaged(readable ? kept[remembered] : undefined);
        this.#kept = JSON.stringify(managed);
        this.#hold(managed);
      }
    });
  }

  #ask(): void {
    chrome.storage.managed.get(["sites", "language"], (set: unknown) => {
      const failure = chrome.runtime.lastError?.message;
      if (failure !== undefined && !failure.includes(nothingSet)) {
        console.warn("managed storage:", failure); // what held before still holds
        return;
      }
      const managed = readManaged(set);
      this.#told = true;
      this.#remember(managed);
      this.#hold(managed);
    });
  }

  #remember(managed: Managed): void {
    const text = JSON.stringify(managed);
    if (text !== this.#kept) {
      this.#kept = text;
      void chrome.storage.local.set({ [remembered]: managed }).catch(() => undefined); // a full disk: the next time begins without it
    }
  }

  #hold({ sites }: Managed): void {
    this.#sites = sites === undefined ? undefined : new Set(sites);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.changed();
    for (const f of waiting) {
      f();
    }
  }
}
