// SPDX-License-Identifier: BSD-3-Clause
// @ts-check

import { connect } from "./bridge.js";
import { doing, Failure, onClick, text } from "./failure.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("enrol"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("enrol-read"));

// The fiscal code shows the server that it is the same card. Name and surname are in most certificates already.
const fields = ["fiscalCode", "name", "surname", "birthDate", "sex", "birthMunicipality", "residenceMunicipality"];

button.hidden = false; // without scripts there is the other one
onClick(button, async () => {
  doing("connect");
  const bridge = await connect();
  if (!bridge) throw new Failure(text("library"), text("help"));
  try {
    doing("pin");
    const data = await bridge.identity(fields, { lang: document.documentElement.lang });
    for (const name of fields) {
      const value = data[name];
      if (value === undefined) continue; // the card leaves it empty
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
  } finally {
    bridge.close();
  }
  form.submit();
});
