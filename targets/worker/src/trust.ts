// Whom to trust: the newest bundle of the binding, taken up without a deploy.

import { AgentIdError, Gate } from "agentid-wasm";
import type { Env } from "./env.js";
import { Refusal } from "./refusal.js";

/** How long an isolate goes on with the bundle that it has, in milliseconds. */
const LOOK_AGAIN_AFTER = 5_000;

interface Held {
  readonly gate: Gate;
  readonly authority: string;
  bytes: Uint8Array;
  lookedAt: number;
}

let held: Held | undefined;

/** The gate, with the newest bundle that was found; an older or broken one never replaces it. */
export async function gateOf(env: Env): Promise<Gate> {
  const now = Date.now();
  if (held !== undefined && held.authority === env.AUTHORITY && now - held.lookedAt < LOOK_AGAIN_AFTER) return held.gate;
  const found = await env.TRUST.get("bundle", "arrayBuffer");
  if (held === undefined || held.authority !== env.AUTHORITY) {
    if (found === null) throw new Refusal(503, 231, "no-trust-bundle", "no trust bundle has been stored");
    const bytes = new Uint8Array(found);
    const options = { bundle: bytes, authority: env.AUTHORITY };
    // What any isolate has seen before: otherwise a restart would take an old bundle for new.
    const lowestEpoch = await remember(env, 0n);
    const gate = new Gate({ ...options, lowestEpoch });
    await remember(env, gate.epoch);
    held = { gate, authority: env.AUTHORITY, bytes, lookedAt: now };
    return gate;
  }
  held.lookedAt = now;
  if (found !== null && takeUp(held, new Uint8Array(found))) await remember(env, held.gate.epoch);
  return held.gate;
}

function remember(env: Env, epoch: bigint): Promise<bigint> {
  return env.LEDGER.get(env.LEDGER.idFromName("trust")).highestEpoch(epoch);
}

/** Whether a newer bundle is in force now. */
function takeUp(held: Held, bytes: Uint8Array): boolean {
  if (bytes.length === held.bytes.length && bytes.every((byte, index) => byte === held.bytes[index])) return false;
  try {
    held.gate.setBundle(bytes);
    held.bytes = bytes;
    console.log(JSON.stringify({ event: "trust bundle", epoch: `${held.gate.epoch}` }));
    return true;
  } catch (error) {
    if (!(error instanceof AgentIdError)) throw error;
    // The one in force stays.
    console.warn(JSON.stringify({ event: "trust bundle refused", code: error.code, name: error.name }));
    return false;
  }
}
