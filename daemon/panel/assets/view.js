// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Shows the document that a window of Ponte is asking about.

import { one, Viewer } from "./frame.js";

const { file = "", name = "" } = one(document, "#shown").dataset;
const answer = await fetch(file, { cache: "no-store" });
if (answer.ok) {
  await new Viewer().open(await answer.blob(), name);
}
