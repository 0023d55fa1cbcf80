// SPDX-License-Identifier: BSD-3-Clause

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, PonteError, type Ponte, type SigningProgress } from "../src/index";
import type { Request } from "../src/messages";
import { client, codeOf, failed, FakePage, hello, pass, settle, started } from "./fakes";

const features = ["sign.document", "sign.send", "sign.receive", "sign.end", "sign.hash", "certificate.get"];

async function connected(known: readonly string[] = features): Promise<{ page: FakePage; ponte: Ponte }> {
  const page = new FakePage();
  const connecting = started(connect({ client }));
  await page.answers({ result: { ...hello, features: known } });
  return { page, ponte: await connecting };
}

interface Params {
  readonly documents: readonly unknown[];
  readonly request: string;
  readonly document: number;
  readonly offset: number;
  readonly data: string;
}

/** The agent as far as signatures go: it takes every document and gives back the same with "signed:" before it. */
class FakeAgent {
  readonly received: number[][] = [];
  readonly seen: string[] = [];
  request!: Request; // the sign.document
  /** Answers in place of the usual one. */
  instead: (request: Request) => object | undefined = () => undefined;
  #answered = 0;

  constructor(readonly page: FakePage) {}

  /** Answers until nothing more is asked. */
  async serve(): Promise<void> {
    await settle();
    while (this.#answered < this.page.requests.length) {
      const request = this.page.requests[this.#answered++];
      if (request !== undefined) {
        this.seen.push(request.method);
        const answer = this.instead(request) ?? this.#answer(request);
        if (answer !== undefined) {
          await this.page.answers(answer, request);
        }
      }
      await settle();
    }
  }

  #answer(request: Request): object | undefined {
    const p = request.params as Params;
    switch (request.method) {
      case "sign.document":
        this.request = request;
        this.received.push(...p.documents.map(() => []));
        return undefined;
      case "sign.send": {
        const document = this.received[p.document] ?? [];
        assert.equal(p.request, this.request.id);
        assert.equal(p.offset, document.length, "in order");
        for (const c of atob(p.data)) {
          document.push(c.charCodeAt(0));
        }
        return { result: { received: document.length } };
      }
      case "sign.receive": {
        const whole = this.signed(p.document);
        const offset = p.offset;
        return { result: { data: btoa(whole.slice(offset, offset + 40_000)), end: offset + 40_000 >= whole.length } };
      }
      default:
        return { result: {} };
    }
  }

  signed(document: number): string {
    return `signed:${String.fromCharCode(...(this.received[document] ?? []).slice(0, 100_000))}`;
  }

  entry(document: number, change: object = {}): object {
    const size = this.signed(document).length;
    return { name: `${document}.p7m`, type: "application/pkcs7-mime", size, sha256: "ab", level: "B-B", original: { sha256: "cd" }, ...change };
  }

  /** Answers the sign.document. */
  async signs(...documents: object[]): Promise<void> {
    await this.page.answers({ result: { documents } }, this.request);
    await this.serve();
  }
}

const text = (bytes: number, letter = "x"): Blob => new Blob([letter.repeat(bytes)], { type: "text/plain" });

describe("a document", () => {
  test("is not sent to an agent that is too old to sign", async () => {
    const { page, ponte } = await connected(["auth.login"]);
    const before = page.posted.length;
    assert.equal(await codeOf(ponte.signDocument(text(1), { name: "a.txt" })), "VERSION_MISMATCH");
    assert.equal(page.posted.length, before);
  });

  test("without a name is the developer's mistake", async () => {
    const { ponte } = await connected();
    await assert.rejects(ponte.signDocument(text(1)), TypeError);
  });

  test("that the agent refuses fails with its code and reason, and nothing more is sent", async () => {
    const { page, ponte } = await connected();
    const agent = new FakeAgent(page);
    agent.instead = ({ method }) => (method === "sign.send" ? failed("INVALID_ARGUMENT", false) : method !== "sign.document" ? undefined
      : { error: { code: -32000, message: "no", data: { code: "DOCUMENT_REFUSED", reason: "encrypted", retry: false, hint: "in italiano" } } });
    const signing = started(ponte.signDocument(text(3_000_000), { name: "a.pdf" }));
    await agent.serve();
    const error: unknown = await signing.catch((e: unknown) => e);
    assert.ok(error instanceof PonteError);
    assert.deepEqual([error.code, error.reason, error.retry, error.hint], ["DOCUMENT_REFUSED", "encrypted", false, "in italiano"]);
    const sent = agent.seen.filter((m) => m === "sign.send").length;
    assert.ok(sent < 20, `${sent} parts`);
    const before = page.posted.length;
    await agent.serve();
    assert.equal(page.posted.length, before);
  });

  test("that the agent does not take fails with the reason of the request, also when the answers of its parts come first", async () => {
    for (const [early, late, want] of [
      ["USER_CANCELLED", "NO_CARD", "NO_CARD"], ["INVALID_ARGUMENT", "NO_CARD", "NO_CARD"], ["INVALID_ARGUMENT", undefined, "INVALID_ARGUMENT"],
    ] as const) {
      const { page, ponte } = await connected();
      const agent = new FakeAgent(page);
      agent.instead = ({ method }) => (method === "sign.send" ? failed(early, false) : undefined);
      const signing = started(ponte.signDocument(text(90_000), { name: "a.txt" }));
      await agent.serve();
      await page.accepts(agent.request);
      if (late !== undefined) {
        await page.answers(failed(late, true), agent.request);
      } else {
        await pass(5_000);
      }
      assert.equal(await codeOf(signing), want, early);
      await agent.serve();
      assert.equal(agent.seen.includes("request.cancel"), late === undefined, "a request that has no answer yet is cancelled");
    }
  });

  test("whose file cannot be read any more cancels the request, and fails as the browser says", async () => {
    const { page, ponte } = await connected();
    const agent = new FakeAgent(page);
    const gone = text(100_000);
    gone.slice = () => ({ arrayBuffer: async () => Promise.reject(new DOMException("gone", "NotReadableError")) }) as unknown as Blob;
    const signing = started(ponte.signDocument(gone, { name: "a.txt" }));
    await agent.serve();
    await assert.rejects(signing, { name: "NotReadableError" });
    assert.deepEqual(agent.seen.slice(-3), ["sign.document", "request.cancel", "sign.end"]);
  });

  test("is cancelled by a signal at any stage: while it is sent, while the citizen is asked, while it is fetched", async () => {
    for (const stop of ["sign.send", "asking", "sign.receive"]) {
      const { page, ponte } = await connected();
      const agent = new FakeAgent(page);
      const control = new AbortController();
      agent.instead = ({ method }) => {
        if (method === stop) {
          control.abort();
        }
        return undefined;
      };
      const signing = started(ponte.signDocument(text(90_000), { name: "a.txt", signal: control.signal }));
      await agent.serve();
      if (stop === "asking") {
        control.abort();
        await agent.serve();
      } else if (stop === "sign.receive") {
        await agent.signs(agent.entry(0));
      }
      assert.equal(await codeOf(signing), "USER_CANCELLED", stop);
      assert.equal(agent.seen.at(-1), "sign.end", stop);
      assert.ok(agent.seen.includes("request.cancel"), stop);
    }
  });

  test("that comes back otherwise than announced fails", async () => {
    for (const [what, bent] of [
      ["shorter", { size: 1_000_000 }], ["longer", { size: 3 }], ["without a size", { size: undefined }], ["without a sum", { sha256: undefined }],
    ] as const) {
      const { page, ponte } = await connected();
      const agent = new FakeAgent(page);
      const signing = started(ponte.signDocument(text(10), { name: "a.txt" }));
      await agent.serve();
      await agent.signs(agent.entry(0, bent));
      assert.equal(await codeOf(signing), "INTERNAL", what);
    }
  });

  test("of which nothing comes, and no end either, does not keep the page for ever", async () => {
    const { page, ponte } = await connected();
    const agent = new FakeAgent(page);
    agent.instead = ({ method }) => (method === "sign.receive" ? { result: { data: "", end: false } } : undefined);
    const signing = started(ponte.signDocument(text(10), { name: "a.txt" }));
    await agent.serve();
    await agent.signs(agent.entry(0));
    assert.equal(await codeOf(signing), "INTERNAL");
  });

  test("to which the agent says nothing more fails in time", async () => {
    const { page, ponte } = await connected();
    const agent = new FakeAgent(page);
    const signing = started(ponte.signDocument(text(10), { name: "a.txt", timeoutMs: 20_000 }));
    await agent.serve();
    await page.accepts(agent.request);
    await pass(20_000 + 5_000 + 30_000);
    assert.equal(await codeOf(signing), "BRIDGE_UNREACHABLE");
  });

  test("is sent in order in parts, signed, and fetched; progress is told of each stage", async () => {
    const { page, ponte } = await connected();
    const agent = new FakeAgent(page);
    const told: SigningProgress[] = [];
    const name = "domanda.txt";
    const options = { name, reason: "Domanda", lang: "it", timeoutMs: 60_000, onProgress: (p: SigningProgress) => { told.push(p); } } as const;
    const signing = started(ponte.signDocument(text(1_000_001), options));
    await agent.serve();
    assert.deepEqual(agent.request.params, { documents: [{ name, type: "text/plain", size: 1_000_001 }], reason: "Domanda", lang: "it", timeoutMs: 60_000 });
    assert.equal(agent.received[0]?.length, 1_000_001);
    const says = async (params: object): Promise<void> => page.says({ ponte: "message", rpc: { jsonrpc: "2.0", method: "sign.progress", params } });
    await says({ request: agent.request.id, stage: "asking", document: 0, done: 0, total: 1 });
    await says({ request: "another", stage: "signing", document: 0, done: 0, total: 1 });
    await says({ request: agent.request.id, stage: "tomorrow", document: 0, done: 0, total: 1 });
    await agent.signs(agent.entry(0));
    const signed = await signing;
    assert.deepEqual({ ...signed, blob: await signed.blob.text() }, {
      name: "0.p7m", type: "application/pkcs7-mime", size: agent.signed(0).length, sha256: "ab", level: "B-B", original: { sha256: "cd" }, blob: agent.signed(0),
    });
    assert.equal(signed.blob.type, "application/pkcs7-mime");
    assert.deepEqual([...new Set(told.map(({ stage }) => stage))], ["sending", "asking", "receiving"]);
    assert.deepEqual(told.filter(({ stage }) => stage === "sending").at(-1), { stage: "sending", document: 0, done: 1_000_001, total: 1_000_001 });
    assert.deepEqual(told.at(-1), { stage: "receiving", document: 0, done: signed.size, total: signed.size });
    assert.equal(agent.seen.at(-1), "sign.end");
  });

  test("has at most nine requests under way", async () => {
    const { page, ponte } = await connected();
    const before = page.posted.length;
    void started(ponte.signDocument(text(5_000_000), { name: "a.txt" }));
    await settle();
    await settle();
    assert.equal(page.posted.length - before, 9);
  });
});

describe("several documents", () => {
  test("of which one was not signed give the others, and why", async () => {
    const { page, ponte } = await connected();
    const agent = new FakeAgent(page);
    const signing = started(ponte.signDocuments([new File(["one"], "1.txt"), { blob: text(50_000), name: "2.txt" }, { blob: text(1), name: "3.txt" }]));
    await agent.serve();
    assert.deepEqual(agent.received.map(({ length }) => length), [3, 50_000, 1]);
    const lost = { code: "CARD_REMOVED", retry: true, hint: "in italiano" };
    await agent.signs(agent.entry(0), agent.entry(1), { name: "3.txt", error: lost });
    const said = (await signing).map((d) => ("blob" in d ? d.sha256 : [d.name, d.error.code, d.error.hint]));
    assert.deepEqual(said, ["ab", "ab", ["3.txt", "CARD_REMOVED", "in italiano"]]);
    const second = (await signing)[1];
    assert.equal(second && "blob" in second && await second.blob.text(), agent.signed(1));
  });

  test("are all there or the answer is not one", async () => {
    const { page, ponte } = await connected();
    const agent = new FakeAgent(page);
    const signing = started(ponte.signDocuments([{ blob: text(1), name: "1.txt" }, { blob: text(1), name: "2.txt" }]));
    await agent.serve();
    await agent.signs(agent.entry(0));
    assert.equal(await codeOf(signing), "INTERNAL");
  });
});

test("a hash and a certificate are asked for as PROTOCOL.md says", async () => {
  const { page, ponte } = await connected();
  const algorithm = { cryptoAlgorithm: "RSA", hashFunction: "SHA-256", paddingScheme: "PKCS1.5" };
  const signing = started(ponte.signHash("MII", "aGFzaA==", "SHA-256", "a.pdf", { documentSize: 7, lang: "de", timeoutMs: 20_000 }));
  assert.deepEqual(page.last.params, {
    certificate: "MII", hash: "aGFzaA==", hashFunction: "SHA-256", documentName: "a.pdf", documentSize: 7, lang: "de", timeoutMs: 20_000,
  });
  await page.answers({ result: { signature: "c2ln" } });
  assert.equal(await codeOf(signing), "INTERNAL", "an answer without its algorithm");
  const asking = started(ponte.signingCertificate());
  await page.answers(failed("CONSENT_DENIED", false));
  assert.equal(await codeOf(asking), "CONSENT_DENIED");
  const again = started(ponte.signingCertificate({ lang: "en" }));
  await page.answers({ result: { certificate: "MII", supportedSignatureAlgorithms: [algorithm] } });
  assert.deepEqual(await again, { certificate: "MII", supportedSignatureAlgorithms: [algorithm] });
});
