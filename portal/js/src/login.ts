// SPDX-License-Identifier: BSD-3-Clause

// Importing this file defines <ponte-login>.

import { PonteLogin } from "./login-element.js";

export { PonteLogin, type LoginState } from "./login-element.js";
export { ServerError, type Failure, type Result, type Step } from "./login-flow.js";

if (typeof customElements !== "undefined" && customElements.get("ponte-login") === undefined) {
  customElements.define("ponte-login", PonteLogin);
}
