// What a field says, in words.

import { AgentIdError, keyFingerprint } from "../agentid/inline.js";
import { counted, hex, quoted, time, utf8 } from "./format.js";
import { isCut } from "./layout.js";

export function meaning(field, bytes) {
  const raw = bytes.subarray(field.offset, field.offset + field.length);
  if (isCut(field)) return `Cut off: ${counted(field.announced, "byte")} needed, ${field.length} there.`;
  return MEANINGS[field.kind](raw, new DataView(raw.buffer, raw.byteOffset, raw.byteLength));
}

const MEANINGS = {
  magic: (raw) => (hex(raw) === "a91d" ? "The mark of an AgentID token." : "Not the mark of an AgentID token, a91d."),
  version: (raw) => (raw[0] === 1 ? "Version 1." : `Version ${raw[0]}, which is unknown: only 1 is.`),
  flags: (raw) => (raw[0] === 0 ? "Reserved, and 0 as it must be." : "Reserved: it must be 0."),
  issued_at: (_, view) => `Valid from ${time(view.getBigInt64(0))}.`,
  expires_at: (_, view) => `No longer valid from ${time(view.getBigInt64(0))} on.`,
  max_calls: (_, view) => (view.getUint32(0) === 0 ? "Calls without limit." : `${counted(view.getUint32(0), "call")} at most.`),
  token_id: (raw) => `A random number that names this token: ${hex(raw)}.`,
  issuer: (raw) => `The agent's Ed25519 public key: ${fingerprint(raw)}.`,
  name: (raw) => `The agent's name: ${string(raw)}.`,
  project: (raw) => `The project it works for: ${string(raw)}.`,
  scope_count: (raw) => `${counted(raw[0], "scope")}${raw[0] === 1 ? " follows" : raw[0] === 0 ? ": it asks for nothing" : " follow"}.`,
  scope: (raw) => `It asks for ${string(raw)}.`,
  left_over: () => "Bytes that belong to no field.",
  signature: () => "Ed25519, by the issuer, over every byte before it.",
};

function fingerprint(key) {
  try {
    return keyFingerprint(key);
  } catch (error) {
    if (error instanceof AgentIdError) return "no, these bytes are not a key";
    throw error;
  }
}

/** The first byte is the length. */
function string(raw) {
  const text = utf8(raw.subarray(1));
  if (text === undefined) return `${counted(raw[0], "byte")} that are not UTF-8`;
  return raw[0] === 0 ? "empty" : `${quoted(text)}, ${counted(raw[0], "byte")} long`;
}
