// SPDX-License-Identifier: BSD-3-Clause

// The codes of PROTOCOL.md, section 5, and whether the same request can succeed later.
export const retries = {
  USER_CANCELLED: true,
  USER_TIMEOUT: true,
  CONSENT_DENIED: false,
  NO_READER: true,
  NO_CARD: true,
  CARD_MUTE: true,
  CARD_UNSUPPORTED: false,
  CARD_REMOVED: true,
  CARD_BUSY: true,
  PIN_BLOCKED: false,
  PUK_BLOCKED: false,
  CARD_NOT_ACTIVATED: false,
  CERTIFICATE_EXPIRED: false,
  CERTIFICATE_NOT_YET_VALID: false,
  CERTIFICATE_MISSING: false,
  KEY_MISMATCH: false,
  READER_LIMITED: false,
  SIGNING_NOT_ALLOWED: false,
  PCSC_UNAVAILABLE: true,
  MODULE_FAILED: true,
  PROMPT_UNAVAILABLE: false,
  BRIDGE_BUSY: true,
  BRIDGE_UNREACHABLE: true,
  EXTENSION_MISSING: false,
  VERSION_MISMATCH: false,
  LOCAL_NETWORK_BLOCKED: false,
  TIME_STAMP_FAILED: true,
  ORIGIN_DENIED: false,
  ORIGIN_INSECURE: false,
  INVALID_ARGUMENT: false,
  DOCUMENT_REFUSED: false,
  RATE_LIMITED: true,
  INTERNAL: true,
} as const;

/** Why a call failed. Names are only ever added; a name newer than this library arrives as INTERNAL. */
export type ErrorCode = keyof typeof retries;

export function isErrorCode(v: unknown): v is ErrorCode {
  return typeof v === "string" && Object.keys(retries).includes(v);
}

/** Every call of this library fails with one of these. */
export class PonteError extends Error {
  override readonly name = "PonteError";

  constructor(
    /** Program against this. */
    readonly code: ErrorCode,
    /** A sentence for the citizen, in the citizen's language. */
    readonly hint: string,
    /** For developers. */
    message: string,
    /** Can the same call succeed later without help from outside? */
    readonly retry: boolean = retries[code],
    /** More than the code says, for DOCUMENT_REFUSED and SIGNING_NOT_ALLOWED: `encrypted`, `certified`, `policy`, … */
    readonly reason?: string,
  ) {
    super(`${code}: ${message}`);
  }
}

/** The codes that this library makes itself. */
export type OwnCode =
  | "USER_CANCELLED" | "BRIDGE_UNREACHABLE" | "EXTENSION_MISSING" | "VERSION_MISMATCH" | "LOCAL_NETWORK_BLOCKED" | "ORIGIN_DENIED"
  | "ORIGIN_INSECURE" | "INTERNAL";

export const languages = ["it", "en", "de"] as const;

// What the library itself has to say: English for developers, then it, en, de for the citizen.
export const texts: Readonly<Record<OwnCode, readonly [string, string, string, string]>> = {
  USER_CANCELLED: [
    "the page cancelled",
    "Operazione annullata.",
    "The operation was cancelled.",
    "Der Vorgang wurde abgebrochen.",
  ],
  BRIDGE_UNREACHABLE: [
    "the agent does not answer",
    "Il programma Ponte non risponde. Avvialo dal menu dei programmi e riprova.",
    "The Ponte program does not answer. Start it from the program menu and try again.",
    "Das Programm Ponte antwortet nicht. Starten Sie es im Programmmenü und versuchen Sie es erneut.",
  ],
  EXTENSION_MISSING: [
    "neither extension nor agent answered",
    "Per entrare con la tessera sanitaria serve Ponte. Installa il programma e l’estensione per il browser, poi ricarica la pagina.",
    "To log in with the health card you need Ponte. Install the program and the browser extension, then reload the page.",
    "Für die Anmeldung mit der Gesundheitskarte brauchen Sie Ponte. Installieren Sie das Programm und die Browser-Erweiterung und laden Sie die Seite neu.",
  ],
  VERSION_MISMATCH: [
    "this agent is older or newer than the page needs",
    "La versione di Ponte su questo computer non va bene per questo sito. Aggiorna Ponte.",
    "The version of Ponte on this computer does not suit this site. Update Ponte.",
    "Die Ponte-Version auf diesem Computer passt nicht zu dieser Website. Aktualisieren Sie Ponte.",
  ],
  LOCAL_NETWORK_BLOCKED: [
    "the browser blocks loopback",
    "Il browser non permette a questo sito di parlare con Ponte. Nelle impostazioni del sito consenti l’accesso alle app su questo dispositivo, oppure installa l’estensione Ponte.",
    "The browser does not let this site talk to Ponte. In the site settings allow access to apps on this device, or install the Ponte extension.",
    "Der Browser lässt diese Website nicht mit Ponte sprechen. Erlauben Sie in den Website-Einstellungen den Zugriff auf Apps auf diesem Gerät oder installieren Sie die Ponte-Erweiterung.",
  ],
  ORIGIN_DENIED: [
    "the page is in a frame of another site",
    "Questa pagina è dentro un altro sito, e lì la tessera non si può usare. Apri il sito da solo, in una scheda del browser, e riprova.",
    "This page is inside another site, and the card cannot be used there. Open the site by itself, in a tab of the browser, and try again.",
    "Diese Seite steckt in einer anderen Website, und dort kann die Karte nicht verwendet werden. Öffnen Sie die Website für sich, in einem Tab des Browsers, und versuchen Sie es erneut.",
  ],
  ORIGIN_INSECURE: [
    "the page is not https",
    "Questo sito non usa una connessione sicura (https): la tessera non si può usare. Avvisa l’assistenza del sito.",
    "This site does not use a secure connection (https): the card cannot be used. Tell the site’s support.",
    "Diese Website nutzt keine sichere Verbindung (https): Die Karte kann nicht verwendet werden. Melden Sie es dem Support der Website.",
  ],
  INTERNAL: [
    "the agent's answer cannot be read",
    "Si è verificato un errore in Ponte. Riprova; se continua, riavvia il computer.",
    "Ponte had a fault. Try again; if it goes on, restart the computer.",
    "In Ponte ist ein Fehler aufgetreten. Versuchen Sie es erneut; hält er an, starten Sie den Computer neu.",
  ],
};

/** The place in [it, en, de] of the wanted language, else of the page's or the browser's; Italian for all others. */
export function languageOf(lang: string | undefined): 0 | 1 | 2 {
  const wanted = (lang ?? (document.documentElement.lang || navigator.language)).slice(0, 2).toLowerCase();
  return Math.max(0, languages.findIndex((l) => l === wanted)) as 0 | 1 | 2;
}

/** Makes the errors of the library itself, with hints in the language of the page or of the browser. */
export function fail(code: OwnCode, lang: string | undefined): PonteError {
  const [message, ...hints] = texts[code];
  return new PonteError(code, hints[languageOf(lang)], message);
}
