// SPDX-License-Identifier: EUPL-1.2

// Origins as PROTOCOL.md, section 1, defines them. The rules are those of protocol/origin.go; both read
// protocol/testdata/origins.json.

const form = /^(https?):\/\/(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(?::([1-9][0-9]{0,4}))?$/;
const label = /^[0-9a-z_](?:[0-9a-z_-]{0,61}[0-9a-z_])?$/;
const ipv4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;

/** The origin in its one spelling, or undefined for a text that is not one. */
export function parseOrigin(text: string): string | undefined {
  const [, scheme, host, port] = form.exec(text.length <= 300 ? text.toLowerCase() : "") ?? [];
  if (scheme === undefined || host === undefined || !isHost(host) || Number(port ?? 0) > 65_535) {
    return undefined;
  }
  const byDefault = scheme === "https" ? "443" : "80";
  return port === undefined || port === byDefault ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}

function isHost(host: string): boolean {
  if (host.startsWith("[")) {
    return URL.canParse(`http://${host}`) && new URL(`http://${host}`).hostname === host;
  }
  const labels = host.split(".");
  const last = labels[labels.length - 1] ?? "";
  if (/^(?:[0-9]+$|0x)/.test(last)) {
    return ipv4.test(host); // WHATWG URL: a host whose last label is a number is an IPv4 address
  }
  return host.length <= 253 && labels.every((l) => label.test(l));
}

/** May a page of this origin speak at all? https; plain http only on this computer (the agent's developer mode). */
export function mayCall(origin: string): boolean {
  return origin.startsWith("https://") || /^http:\/\/(?:localhost|127\.0\.0\.1)(?::|$)/.test(origin);
}
