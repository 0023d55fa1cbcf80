// SPDX-License-Identifier: EUPL-1.2

import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, call, FakePage, invalid, portal, reply, unreachable } from "./fakes";

const request = { ponte: "request", rpc: { jsonrpc: "2.0", id: 1, method: "card.status" } };

test("a message from another window is not for us", () => {
  const page = new FakePage();
  page.post(request, { source: {} });
  page.post(request, { source: null });
  assert.equal(page.ports.length, 0);
});

test("a message from another origin is not for us", () => {
  const page = new FakePage();
  for (const origin of ["https://portal.example.attacker", "http://portal.example", "null", ""]) {
    page.post(request, { origin });
  }
  assert.equal(page.ports.length, 0);
});

test("a message that is no request opens no port and gets no answer", () => {
  const page = new FakePage();
  page.navigator.userActivation.isActive = true;
  for (const data of [
    undefined, null, "request", 7, [], {}, { ponte: "request" }, { ponte: "accepted", id: 1 }, { ...request, ponte: "message" },
    { ponte: "request", rpc: null }, { ponte: "request", rpc: [request.rpc] }, { ponte: "request", rpc: { id: 1 } },
    { ponte: "request", rpc: { method: "card.status" } }, { ponte: "request", rpc: { id: null, method: "card.status" } },
    { ponte: "request", rpc: { id: {}, method: "card.status" } }, { ponte: "request", rpc: { id: "x".repeat(65), method: "card.status" } },
    { ponte: "request", rpc: { id: "🌉".repeat(65), method: "card.status" } }, { ponte: "request", rpc: { id: Number.NaN, method: "card.status" } }, { ponte: "request", rpc: { id: 1, method: 7 } },
  ]) {
    page.post(data);
  }
  assert.equal(page.ports.length, 0);
  assert.deepEqual(page.heard, []);
});

test("a page that never speaks gets nothing and opens nothing", () => {
  const page = new FakePage();
  page.fire("pagehide");
  assert.equal(page.ports.length, 0);
  assert.deepEqual(page.heard, []);
});

test("a page inside one of another site says so, whatever is between them", () => {
  const at = (origin: string | undefined, parent?: object): object => {
    const page: Record<string, unknown> = origin === undefined ? { get location(): never { throw new Error("SecurityError"); } } : { location: { origin } };
    page.parent = parent ?? page;
    return page;
  };
  for (const [around, name] of [
    [at(portal), ""], [at(portal, at(portal)), ""],
    [at("https://other.example"), "inside"], [at(undefined), "inside"], [at(portal, at(undefined)), "inside"], [at(undefined, at(portal)), "inside"],
  ] as const) {
    const page = new FakePage(portal, around);
    page.ask(1, { click: true });
    assert.equal(page.port.name, name);
  }
  const top = new FakePage();
  top.ask(1);
  assert.equal(top.port.name, "");
});

test("a request says whether it came during a click", () => {
  const page = new FakePage();
  page.ask(1);
  page.ask(2, { click: true });
  assert.deepEqual(page.port.take(), [call(1, false), call(2, true)]);
});

test("an accepted document may go on without a click", () => {
  const page = new FakePage();
  page.ask(1);
  page.port.say(accepted(1));
  page.ask(2);
  assert.deepEqual(page.port.take(), [call(1, false), call(2, true)]);
});

test("answers go to the page's own origin alone", () => {
  const page = new FakePage();
  page.ask(1, { click: true });
  page.port.say(accepted(1));
  page.port.say(reply({ id: 1, result: {} }));
  assert.deepEqual(page.heard.map(({ target }) => target), [page.origin, page.origin]);
  assert.deepEqual(page.take(), [accepted(1), reply({ id: 1, result: {} })]);
});

test("what is no reply is not passed to the page", () => {
  const page = new FakePage();
  page.ask(1, { click: true });
  for (const m of [null, "x", {}, { ponte: "accepted" }, { ponte: "message" }, { ponte: "message", rpc: { id: 1, result: 1 } }, { ponte: "request" }]) {
    page.port.say(m);
  }
  assert.deepEqual(page.heard, []);
});

test("when the port dies every open request is answered BRIDGE_UNREACHABLE, and the watcher is told", () => {
  const page = new FakePage();
  page.ask(1, { click: true });
  page.ask("two");
  page.ask(3);
  page.port.say(accepted(1));
  page.port.say(reply({ id: 3, result: {} }));
  page.take();
  page.port.die();
  assert.deepEqual(page.take(), [unreachable(1), unreachable("two"), unreachable(null)]);
});

test("when the port dies a page that was never admitted hears nothing", () => {
  const page = new FakePage();
  page.ask(1);
  page.port.die();
  assert.deepEqual(page.heard, []);
});

test("after the port died the next request connects again", () => {
  const page = new FakePage();
  page.ask(1, { click: true });
  const first = page.port;
  first.die();
  page.take();
  page.ask(2);
  assert.notEqual(page.port, first);
  assert.deepEqual(page.port.take(), [call(2, true)]);
});

test("an orphan of an updated extension answers BRIDGE_UNREACHABLE where the page was admitted", () => {
  const page = new FakePage();
  page.ask(1, { click: true });
  page.port.say(reply({ id: 1, result: {} }));
  page.port.die();
  page.take();
  page.orphan = true;
  page.ask(2);
  assert.deepEqual(page.take(), [unreachable(2), unreachable(null)]);
});

test("an orphan of an updated extension is silent where the page was not admitted", () => {
  const page = new FakePage();
  page.orphan = true;
  page.ask(1);
  assert.deepEqual(page.heard, []);
});

test("on pagehide the port and what was open are dropped, and the next request connects again", () => {
  const page = new FakePage();
  page.ask(1, { click: true });
  const first = page.port;
  first.take();
  page.fire("pagehide", { persisted: true });
  assert.equal(first.open, false);
  page.ask(2);
  assert.notEqual(page.port, first);
  page.port.die();
  assert.deepEqual(page.take(), [unreachable(2), unreachable(null)]);
});

test("an old port has nothing more to say after pagehide", () => {
  const page = new FakePage();
  page.ask(1, { click: true });
  const first = page.port;
  page.fire("pagehide", { persisted: true });
  page.ask(2);
  first.say(reply({ id: 1, result: {} }));
  first.onDisconnect.fire();
  assert.deepEqual(page.heard, []);
});

test("a request that is too long or not JSON is refused once the page is admitted", () => {
  const page = new FakePage();
  const long = { ponte: "request", rpc: { jsonrpc: "2.0", id: 2, method: "card.status", params: { x: "x".repeat(65_536) } } };
  const cycle: Record<string, unknown> = { jsonrpc: "2.0", id: 3, method: "card.status" };
  cycle.params = cycle;
  page.post(long);
  page.post({ ponte: "request", rpc: cycle });
  assert.equal(page.ports.length, 0);
  assert.deepEqual(page.heard, []);
  page.ask(1, { click: true });
  page.port.take();
  page.post(long);
  page.post({ ponte: "request", rpc: cycle });
  assert.deepEqual(page.port.take(), []);
  assert.deepEqual(page.take(), [invalid(2), invalid(3)]);
});

test("a prerendered page speaks only when somebody looks at it", () => {
  const page = new FakePage();
  page.document.prerendering = true;
  page.ask(1);
  assert.equal(page.ports.length, 0);
  page.document.prerendering = false;
  page.document.dispatchEvent(new Event("prerenderingchange"));
  assert.deepEqual(page.port.take(), [call(1, false)]);
});
