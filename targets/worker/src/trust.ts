// The trust set: the newest bundle of the binding, taken up without a deploy. A Durable Object
// stores the version of the newest bundle that any isolate has put in force. So no isolate goes
// back to an older one, or keeps one for long.

import { Gate } from "agentid-wasm";
import type { Env } from "./env.js";
import type { BundleVersion } from "./ledger.js";
import { knownError, Refusal } from "./refusal.js";

/** How long an isolate uses its bundle before it asks again, in milliseconds. */
const LOOK_AGAIN_AFTER = 5_000;

/**
 * How long an isolate that knows of a newer bundle waits before it looks for it again, in
 * milliseconds.
 */
const LOOK_AGAIN_IF_BEHIND = 1_000;

/**
 * How long an isolate may use its bundle without an answer of the Durable Object, in milliseconds.
 */
const ASSURED_FOR = 10_000;

interface Held {
  readonly authority: string;
  gate: Gate;
  /** The bundle of that gate. */
  bytes: Uint8Array;
  /** The newest bundle that this isolate knows to be in force somewhere. */
  newest: BundleVersion;
  lookedAt: number;
  /** The time, in milliseconds, of the question whose answer was `newest`. */
  assuredAt: number;
}

let held: Held | undefined;

/**
 * Returns the gate with the newest bundle that was found; an older or broken one never replaces it.
 */
export async function gateOf(env: Env): Promise<Gate> {
  const trust = heldFor(env) ?? (await start(env));
  const isDue = isPast(trust.lookedAt, isBehind(trust) ? LOOK_AGAIN_IF_BEHIND : LOOK_AGAIN_AFTER);
  if (isDue || isPast(trust.assuredAt, ASSURED_FOR)) {
    trust.lookedAt = Date.now();
    await Promise.all([askNewest(env, trust).catch(warnUnreachable), takeUp(env, trust)]);
  }
  return inForce(trust);
}

/** The same, but asks the Durable Object each time: for calls that wait for a count anyway. */
export async function assuredGateOf(env: Env): Promise<Gate> {
  const trust = heldFor(env) ?? (await start(env));
  await askNewest(env, trust);
  if (isBehind(trust)) {
    trust.lookedAt = Date.now();
    await takeUp(env, trust);
  }
  return inForce(trust);
}

function inForce(trust: Held): Gate {
  if (isPast(trust.assuredAt, ASSURED_FOR)) throw unreachable();
  if (isBehind(trust)) throw rollback();
  return trust.gate;
}

function heldFor(env: Env): Held | undefined {
  return held?.authority === env.AUTHORITY ? held : undefined;
}

function isBehind({ gate, newest }: Held): boolean {
  return gate.version.epoch < newest.epoch;
}

/**
 * Also true if the clock went back by that much: otherwise an isolate whose clock was ahead would
 * not look for hours.
 */
function isPast(since: number, milliseconds: number): boolean {
  return Math.abs(Date.now() - since) >= milliseconds;
}

async function start(env: Env): Promise<Held> {
  const lookedAt = Date.now();
  const bytes = await bundleOf(env);
  try {
    if (bytes === undefined) throw new Refusal(503, 231, "no-trust-bundle", "no trust bundle can be read");
    const gate = new Gate({ bundle: bytes, authority: env.AUTHORITY });
    const newest = await adopt(env, gate);
    // No await from here on. If another request has started meanwhile, only a newer bundle replaces
    // its own.
    const other = heldFor(env);
    if (other === undefined) {
      held = { authority: env.AUTHORITY, gate, bytes, newest, lookedAt, assuredAt: lookedAt };
      return held;
    }
    putInForce(other, gate, bytes);
    return other;
  } catch (error) {
    const other = heldFor(env);
    if (other !== undefined) return other;
    // Not the caller's fault: KV may still show the bundle before the newest one.
    const known = knownError(error);
    throw known === undefined ? error : new Refusal(503, known.code, known.name, known.message);
  }
}

/**
 * Takes up a newer bundle. If KV cannot be reached, the one in force stays until its `not_after`.
 */
async function takeUp(env: Env, trust: Held): Promise<void> {
  const bytes = await bundleOf(env);
  if (bytes === undefined || isSame(bytes, trust.bytes)) return;
  try {
    // A gate of its own: if the bundle is refused, also by the Durable Object, the one in force is
    // as it was.
    const gate = new Gate({ bundle: bytes, authority: env.AUTHORITY });
    learn(trust, await adopt(env, gate));
    if (putInForce(trust, gate, bytes)) console.log(JSON.stringify({ event: "trust bundle", epoch: `${gate.version.epoch}` }));
  } catch (error) {
    // Whatever is wrong with it, such as 20 MB in its place: the one in force stays.
    const known = knownError(error) ?? (error instanceof Refusal ? error : undefined);
    console.warn(JSON.stringify({ event: "trust bundle refused", code: known?.code, reason: known?.name ?? "unreadable" }));
  }
}

/**
 * Stores the bundle of this gate as the newest, before the gate decides anything: otherwise a
 * restart could fall back behind it.
 */
async function adopt(env: Env, gate: Gate): Promise<BundleVersion> {
  const { epoch, digest } = gate.version;
  const newest = await newestBundle(env, { epoch, digest });
  if (newest?.epoch !== epoch || newest.digest !== digest) throw rollback();
  return newest;
}

/**
 * Nothing is awaited between the comparison and the change, so no other request can come between
 * them.
 */
function putInForce(trust: Held, gate: Gate, bytes: Uint8Array): boolean {
  if (gate.version.epoch <= trust.gate.version.epoch) return false;
  trust.gate = gate;
  trust.bytes = bytes;
  learn(trust, gate.version);
  return true;
}

async function askNewest(env: Env, trust: Held): Promise<void> {
  const askedAt = Date.now();
  const newest = await newestBundle(env);
  if (newest !== undefined) learn(trust, newest);
  trust.assuredAt = askedAt;
}

function learn(trust: Held, { epoch, digest }: BundleVersion): void {
  if (epoch > trust.newest.epoch) trust.newest = { epoch, digest };
}

/** The bundle in KV; `undefined` if there is none, or if KV cannot be reached. */
async function bundleOf(env: Env): Promise<Uint8Array | undefined> {
  try {
    const found = await env.TRUST.get("bundle", "arrayBuffer");
    return found === null ? undefined : new Uint8Array(found);
  } catch {
    console.warn(JSON.stringify({ event: "trust bundle not reachable" }));
    return undefined;
  }
}

/** The newest bundle of this authority that any isolate has put in force, `seen` included. */
async function newestBundle(env: Env, seen?: BundleVersion): Promise<BundleVersion | undefined> {
  try {
    // No issuer has this name: names of issuers are 64 hexadecimal digits.
    const memory = env.LEDGER.get(env.LEDGER.idFromName(`trust ${env.AUTHORITY.toLowerCase()}`));
    const newest = await memory.newestBundle(seen);
    return newest === undefined ? undefined : { epoch: newest.epoch, digest: newest.digest };
  } catch {
    throw unreachable();
  }
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function warnUnreachable(): void {
  console.warn(JSON.stringify({ event: "trust memory not reachable" }));
}

function unreachable(): Refusal {
  return new Refusal(503, 230, "ledger-unreachable", "the epoch of the trust bundle could not be compared");
}

function rollback(): Refusal {
  return new Refusal(503, 43, "bundle-rollback", "a newer trust bundle has been seen, or another one of the same epoch");
}
