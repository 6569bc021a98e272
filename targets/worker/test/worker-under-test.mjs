// The Worker as it is deployed, in the real runtime, and the clients of the tests.

import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { AgentIdentity, authorityPublicKey, encodeToken, signBundle } from "agentid-wasm";
import { Miniflare } from "miniflare";
import { bundle } from "./build.mjs";

export const AUTHORITY = new Uint8Array(32).fill(7);
export const now = () => Math.floor(Date.now() / 1000);
export const agents = ["research-bot", "mail-sorter", "note-taker"].map((name) =>
  AgentIdentity.derive(name, "lab", `a seed of 16 bytes or more, of ${name}`),
);
export const [research, mail, notes] = agents;

export const trust = (epoch, identities, more = {}) =>
  signBundle({
    authoritySecret: AUTHORITY,
    epoch,
    issuedAt: now(),
    notAfter: now() + 3600,
    issuers: identities.map((agent) => ({ key: agent.publicKey, name: agent.name, project: agent.project })),
    ...more,
  });

const modules = await bundle("../src/index.ts");
const running = [];
after(() => Promise.all(running.map((miniflare) => miniflare.dispose())));

/** The common options of all Workers. */
export const SETTINGS = {
  modules,
  modulesRoot: "/",
  compatibilityDate: "2026-07-01",
  compatibilityFlags: ["nodejs_compat"],
  bindings: { AUTHORITY: Buffer.from(authorityPublicKey(AUTHORITY)).toString("hex") },
  kvNamespaces: ["TRUST"],
  durableObjects: { LEDGER: { className: "UsageLedger", useSQLite: true } },
};

/**
 * A Worker with this bundle; `folder` keeps what it stores. `lines` are its log, whole lines only.
 */
export async function start(bytes, folder, more = {}) {
  const { lines, handleRuntimeStdio } = reading();
  const stored = folder === undefined ? {} : { kvPersist: join(folder, "kv"), durableObjectsPersist: join(folder, "do") };
  const miniflare = new Miniflare({ ...SETTINGS, ...more, ...stored, handleRuntimeStdio });
  running.push(miniflare);
  const url = await miniflare.ready;
  if (bytes !== undefined) await put(miniflare, bytes);
  return { miniflare, url, lines };
}

/**
 * Two isolates of the same Worker over one Durable Object. Each has a KV of its own: two places
 * that do not agree yet.
 */
export async function startTwo(bytes) {
  const { lines, handleRuntimeStdio } = reading();
  const [one, two] = ["one", "two"].map((name) => ({ ...SETTINGS, name, kvNamespaces: { TRUST: name }, unsafeDirectSockets: [{ host: "127.0.0.1" }] }));
  two.durableObjects = { LEDGER: { className: "UsageLedger", scriptName: "one", useSQLite: true } };
  const miniflare = new Miniflare({ workers: [one, two], handleRuntimeStdio });
  running.push(miniflare);
  await miniflare.ready;
  const instance = async (name) => ({
    url: await miniflare.unsafeGetDirectURL(name),
    put: async (bundle) => (await miniflare.getKVNamespace("TRUST", name)).put("bundle", bundle),
  });
  const instances = await Promise.all(["one", "two"].map(instance));
  for (const { put } of instances) await put(bytes);
  return { instances, lines };
}

export async function stop(miniflare) {
  running.splice(running.indexOf(miniflare), 1);
  await miniflare.dispose();
}

export async function put(miniflare, bytes) {
  await (await miniflare.getKVNamespace("TRUST")).put("bundle", bytes);
}

function reading() {
  const lines = [];
  const handleRuntimeStdio = (...streams) => {
    for (const input of streams) createInterface({ input }).on("line", (line) => lines.push(line));
  };
  return { lines, handleRuntimeStdio };
}

/** The decisions among log lines. */
export const decisions = (lines) =>
  lines.filter((line) => line.startsWith('{"event":"decision"')).map((line) => JSON.parse(line));

export const get = (url, path, token, init = {}) =>
  fetch(new URL(path, url), { ...init, headers: { authorization: `AgentID ${encodeToken(token)}`, ...init.headers } });

/** One JSON-RPC message, as it is. */
export const post = (url, token, body, headers = {}) =>
  get(url, "/mcp", token, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    signal: AbortSignal.timeout(10_000),
  });

/** The official client. */
export async function client(url, token, scheme = "AgentID") {
  const mcp = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { authorization: `${scheme} ${encodeToken(token)}` } };
  await mcp.connect(new StreamableHTTPClientTransport(new URL("/mcp", url), { requestInit }));
  return mcp;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits for an effect that takes seconds, and returns the result. */
export async function until(holds, attempts = 100) {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await holds();
    if (found) return found;
    await pause(200);
  }
  throw new Error(`it did not take effect: ${holds}`);
}
