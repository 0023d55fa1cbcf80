// SPDX-License-Identifier: BSD-3-Clause

// What <ponte-login> says: it, en, de. Hints of the agent and of the server come before these.

import type { Step } from "./login-flow.js";

type Text = readonly [it: string, en: string, de: string];

export const words = {
  button: ["Entra con CNS", "Login with CNS", "Mit CNS anmelden"],
  subtitle: [
    "Tessera Sanitaria con chip (TS-CNS) o altra CNS",
    "Health card with a chip (TS-CNS) or another CNS",
    "Gesundheitskarte mit Chip (TS-CNS) oder andere CNS",
  ],
  cancel: ["Annulla", "Cancel", "Abbrechen"],
  done: ["Sei entrato.", "You are logged in.", "Sie sind angemeldet."],
  failed: ["Non sei entrato", "You are not logged in", "Sie sind nicht angemeldet"],
  unreachable: [
    "Questo sito non risponde. Controlla il collegamento a Internet e riprova.",
    "This site does not answer. Check your connection to the Internet and try again.",
    "Diese Website antwortet nicht. Prüfen Sie die Internetverbindung und versuchen Sie es erneut.",
  ],
  refused: [
    "Questo sito non ha accettato la tessera. Se non sai perché, chiedi alla sua assistenza.",
    "This site did not accept the card. If you do not know why, ask its support.",
    "Diese Website hat die Karte nicht akzeptiert. Wenn Sie nicht wissen, warum, fragen Sie den Support der Website.",
  ],
  other: ["Oppure entra in un altro modo", "Or log in another way", "Oder melden Sie sich anders an"],
  install: ["Come si installa Ponte", "How to install Ponte", "So wird Ponte installiert"],
} as const satisfies Record<string, Text>;

/** The first sentence of a step, and what else helps. %s is the site's address, as the dialogs of the agent name it. */
export const stepTexts: Readonly<Record<Step, readonly [what: Text, more?: Text]>> = {
  connecting: [["Cerco Ponte su questo computer…", "Looking for Ponte on this computer…", "Ponte wird auf diesem Computer gesucht…"]],
  permission: [
    ["Aspetto Ponte…", "Waiting for Ponte…", "Warten auf Ponte…"],
    [
      "Se il browser o Ponte ti chiede un permesso per questo sito, scegli «Consenti».",
      "If the browser or Ponte asks you for a permission for this site, choose “Allow”.",
      "Wenn der Browser oder Ponte um eine Erlaubnis für diese Website bittet, wählen Sie „Zulassen“.",
    ],
  ],
  reader: [
    ["Collega il lettore di tessere.", "Connect the card reader.", "Schließen Sie das Lesegerät an."],
    ["Basta una presa USB del computer.", "Any USB socket of the computer will do.", "Ein USB-Anschluss des Computers genügt."],
  ],
  card: [
    ["Inserisci la tessera nel lettore.", "Put the card into the reader.", "Stecken Sie die Karte in das Lesegerät."],
    ["Il chip va verso il lettore.", "The chip goes towards the reader.", "Der Chip zeigt zum Lesegerät."],
  ],
  turn: [
    ["La tessera non risponde.", "The card does not answer.", "Die Karte antwortet nicht."],
    [
      "Toglila e rimettila, con il chip verso il lettore. Le tessere senza chip non si possono usare.",
      "Take it out and put it back, with the chip towards the reader. Cards without a chip cannot be used.",
      "Nehmen Sie sie heraus und stecken Sie sie wieder ein, mit dem Chip zum Lesegerät. Karten ohne Chip eignen sich nicht.",
    ],
  ],
  pin: [
    [
      "Scrivi il PIN nella finestra di Ponte che nomina questo sito: %s",
      "Type the PIN in the window of Ponte that names this site: %s",
      "Geben Sie die PIN in das Fenster von Ponte ein, das diese Website nennt: %s",
    ],
    [
      "Se non la vedi, cercala dietro a questa. Non scrivere mai il PIN in una pagina web.",
      "If you do not see it, look behind this one. Never type the PIN in a web page.",
      "Wenn Sie es nicht sehen, suchen Sie es hinter diesem. Geben Sie die PIN nie in eine Webseite ein.",
    ],
  ],
  verifying: [["Controllo la tessera…", "Checking your card…", "Ihre Karte wird geprüft…"]],
};

/** After these the citizen has only changed their mind, or comes again: no alarm, and no need of another way in. */
export const calm: readonly string[] = ["USER_CANCELLED", "USER_TIMEOUT", "BRIDGE_BUSY", "RATE_LIMITED", "CARD_REMOVED", "CARD_BUSY"];

/** After these an installation helps. */
export const installable: readonly string[] = ["EXTENSION_MISSING", "BRIDGE_UNREACHABLE", "VERSION_MISMATCH", "LOCAL_NETWORK_BLOCKED"];
