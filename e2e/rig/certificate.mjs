// SPDX-License-Identifier: EUPL-1.2
// @ts-check

import { join } from "node:path";
import { run } from "./program.mjs";

/** The hosts of the tests; browsers find them on loopback. */
export const hosts = ["portal.test", "other.test"];

/**
 * A certificate for the test hosts, signed by itself: browsers are told to accept it.
 * @param {string} dir
 */
export async function makeCertificate(dir) {
  const [cert, key] = [join(dir, "tls.pem"), join(dir, "tls.key")];
  await run("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=portal.test",
    "-addext", `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`, "-keyout", key, "-out", cert,
  ]);
  return { cert, key };
}
