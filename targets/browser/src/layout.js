// Where the fields of a token lie: section 1 of SPEC.md, for display only. Whatever the bytes are, every one of them is in
// exactly one field, and the fields are in their order.

/** The fields of fixed size, from the first byte on. */
const FIXED = [
  ["magic", 2],
  ["version", 1],
  ["flags", 1],
  ["issued_at", 8],
  ["expires_at", 8],
  ["max_calls", 4],
  ["token_id", 8],
  ["issuer", 32],
];
const SIGNATURE = 64;
const SHORTEST = 133;

/**
 * A list of `{ kind, label, offset, length, announced }`. `announced` is how long the field should be; where it is more
 * than `length`, the token ends too early.
 */
export function layout(bytes) {
  const fields = [];
  // Below the shortest token there is no telling what is a signature: what follows is read as far as it goes.
  const end = bytes.length < SHORTEST ? bytes.length : bytes.length - SIGNATURE;
  let at = 0;

  function take(kind, label, announced) {
    const length = Math.min(announced, end - at);
    fields.push({ kind, label, offset: at, length, announced });
    at += length;
    return length === announced;
  }

  /** A length byte and what it announces. */
  const string = (kind, label) => take(kind, label, 1 + (at < end ? bytes[at] : 0));

  function strings() {
    if (!string("name", "name") || !string("project", "project")) return;
    const count = bytes[at];
    if (!take("scope_count", "scope count", 1)) return;
    for (let number = 1; number <= count; number += 1) {
      if (!string("scope", `scope ${number}`)) return;
    }
  }

  if (FIXED.every(([kind, size]) => at < end && take(kind, kind, size))) strings();
  if (at < end) take("left_over", "left over", end - at);
  if (end < bytes.length) {
    fields.push({ kind: "signature", label: "signature", offset: end, length: SIGNATURE, announced: SIGNATURE });
  }
  return fields;
}

export const isCut = (field) => field.length < field.announced;
