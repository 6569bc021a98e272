// What the package says about a token, and which field that concerns.

import { AgentIdentity, AgentIdError, parseToken, scopeCovers, verifyToken } from "../agentid/inline.js";
import { sameBytes, utf8 } from "./format.js";
import { isCut } from "./layout.js";

/** 0 is accepted. What is no refusal, but a fault, is thrown on. */
export function attempt(call) {
  try {
    return { code: 0, name: "accepted", value: call() };
  } catch (error) {
    if (error instanceof AgentIdError) return { code: error.code, name: error.name, sentence: asSentence(error.message) };
    throw error;
  }
}

const asSentence = (message) => `${message[0].toUpperCase()}${message.slice(1)}.`;

/** Verified now, trusting this key and no other; without a key nobody is trusted. */
export function judge(bytes, publicKey) {
  const answer = attempt(() => verifyToken(bytes, publicKey === undefined ? [] : [publicKey]));
  if (answer.code === 0) answer.sentence = "Signed by the identity above, and valid now.";
  return answer;
}

/** What it says, or `undefined` where it cannot be read. */
export function read(bytes) {
  return attempt(() => parseToken(bytes)).value;
}

/** Whether everybody can make the key that stands in this token. */
export function isGuessable(fields) {
  const derived = attempt(() => AgentIdentity.derive(fields.name, fields.project)).value;
  return derived !== undefined && sameBytes(derived.publicKey, fields.issuer);
}

/** By code, which fields the check looked at. The codes that are missing concern the token as a whole. */
const CONCERNS = {
  3: (field) => field.kind === "magic",
  4: (field) => field.kind === "version",
  5: (field) => field.kind === "flags",
  6: isCut,
  7: (field) => field.kind === "left_over",
  8: (field) => field.kind === "name",
  9: (field) => field.kind === "project",
  10: (field, bytes) => field.kind === "scope" && !isScope(bytes.subarray(field.offset + 1, field.offset + field.length)),
  11: (field) => field.kind === "issued_at" || field.kind === "expires_at",
  12: (field) => field.kind === "issued_at" || field.kind === "expires_at",
  13: (field) => field.kind === "issuer",
  14: (field) => field.kind === "expires_at",
  15: (field) => field.kind === "issued_at",
  16: (field) => field.kind === "signature",
};

export function concerned(code, fields, bytes) {
  const concerns = CONCERNS[code];
  return concerns === undefined ? [] : fields.filter((field) => concerns(field, bytes));
}

/** A scope covers itself where it is well formed, and else nothing. */
function isScope(bytes) {
  const text = utf8(bytes);
  return text !== undefined && scopeCovers(text, text);
}
