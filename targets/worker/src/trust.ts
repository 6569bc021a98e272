// Whom to trust: the newest bundle of the binding, taken up without a deploy.

import { AgentIdError, Gate } from "agentid-wasm";
import type { Env } from "./env.js";
import { Refusal } from "./refusal.js";

/** How long an isolate goes on with the bundle that it has, in milliseconds. */
const LOOK_AGAIN_AFTER = 5_000;

/** The longest token that is looked at, in bytes; one with three scopes has some 200. */
const MAX_TOKEN_LENGTH = 4_096;

interface Held {
  readonly gate: Gate;
  readonly authority: string;
  bytes: Uint8Array;
  lookedAt: number;
  /** The epoch that other isolates will know of. */
  remembered: bigint;
}

let held: Held | undefined;

/** The gate, with the newest bundle that was found; an older or broken one never replaces it. */
export async function gateOf(env: Env): Promise<Gate> {
  if (held === undefined || held.authority !== env.AUTHORITY) {
    const started = await start(env);
    // Another request may have been faster, with a newer bundle.
    const isNewer = held === undefined || held.authority !== env.AUTHORITY || started.gate.epoch > held.gate.epoch;
    if (isNewer) held = started;
  } else if (Date.now() - held.lookedAt >= LOOK_AGAIN_AFTER) {
    held.lookedAt = Date.now();
    await lookAgain(env, held);
  }
  const current = held as Held;
  // Before anything is answered by it: otherwise a restart could fall back behind it.
  if (current.gate.epoch > current.remembered) current.remembered = await remember(env, current.gate.epoch);
  return current.gate;
}

async function start(env: Env): Promise<Held> {
  const lookedAt = Date.now();
  const found = await env.TRUST.get("bundle", "arrayBuffer");
  if (found === null) throw new Refusal(503, 231, "no-trust-bundle", "no trust bundle has been stored");
  const bytes = new Uint8Array(found);
  // What any isolate has seen before: otherwise a restart would take an old bundle for new.
  const lowestEpoch = await remember(env, 0n);
  try {
    const gate = new Gate({ bundle: bytes, authority: env.AUTHORITY, lowestEpoch, maxTokenLength: MAX_TOKEN_LENGTH });
    const remembered = await remember(env, gate.epoch);
    if (remembered > gate.epoch) throw new Refusal(503, 43, "bundle-rollback", "a newer trust bundle has been seen");
    return { gate, authority: env.AUTHORITY, bytes, lookedAt, remembered };
  } catch (error) {
    // Not the caller's fault: KV may still show the bundle before the newest one.
    throw error instanceof AgentIdError ? new Refusal(503, error.code, error.name, error.message) : error;
  }
}

/** Takes up a newer bundle. Without KV, what is in force stays, until its time is over. */
async function lookAgain(env: Env, held: Held): Promise<void> {
  let bytes: Uint8Array;
  try {
    const found = await env.TRUST.get("bundle", "arrayBuffer");
    if (found === null) return;
    bytes = new Uint8Array(found);
  } catch {
    console.warn(JSON.stringify({ event: "trust bundle not reachable" }));
    return;
  }
  if (bytes.length === held.bytes.length && bytes.every((byte, index) => byte === held.bytes[index])) return;
  try {
    held.gate.setBundle(bytes);
    held.bytes = bytes;
    console.log(JSON.stringify({ event: "trust bundle", epoch: `${held.gate.epoch}` }));
  } catch (error) {
    if (!(error instanceof AgentIdError)) throw error;
    // The one in force stays.
    console.warn(JSON.stringify({ event: "trust bundle refused", code: error.code, name: error.name }));
  }
}

/** The highest epoch of this authority that any isolate has seen, this one included. */
async function remember(env: Env, epoch: bigint): Promise<bigint> {
  try {
    return await env.LEDGER.get(env.LEDGER.idFromName(`trust ${env.AUTHORITY.toLowerCase()}`)).highestEpoch(epoch);
  } catch {
    throw new Refusal(503, 230, "ledger-unreachable", "the epoch of the trust bundle could not be compared");
  }
}
