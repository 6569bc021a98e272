// JSON that means the same to every reader: UTF-8, and no key twice in an object.

import { Refusal } from "./refusal.js";

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/**
 * Strings and punctuation of a text that is JSON. Numbers, literals and spaces are between them.
 */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/g;

/** Code 235: a body that is not the JSON that the route expects. */
export function invalidMessage(why: string): Refusal {
  return new Refusal(400, 235, "invalid-message", why);
}

/**
 * Returns a request's body as one JSON object, or `undefined` if it is empty. Refuses arrays: each
 * message is one decision and one log line.
 */
export async function jsonObject(request: Request): Promise<Record<string, unknown> | undefined> {
  const body = await request.arrayBuffer();
  if (body.byteLength === 0) return undefined;
  let text: string;
  let value: unknown;
  try {
    text = DECODER.decode(body);
    value = JSON.parse(text);
  } catch {
    throw invalidMessage("the body is not JSON");
  }
  if (Array.isArray(value)) throw invalidMessage("the body is an array: send one message at a time");
  if (typeof value !== "object" || value === null) throw invalidMessage("the body is not an object");
  if (hasKeyTwice(text)) throw invalidMessage("an object in the body has a key twice");
  return value as Record<string, unknown>;
}

/**
 * Whether a text, known to be JSON, has an object with two equal keys. Readers disagree on which
 * one counts.
 */
function hasKeyTwice(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const keys = open.at(-1);
      const key = JSON.parse(last) as string;
      if (keys?.has(key)) return true;
      keys?.add(key);
    }
    last = token;
  }
  return false;
}

/** Returns a property of the object itself: an inherited one was not sent. */
export function own(value: Record<string, unknown>, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
