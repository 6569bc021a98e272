// Arguments are checked here, before they reach the module: what has the wrong type gets a TypeError that says what was
// expected. What has the right type and is no good gets its code from the core.

/** @param {unknown} value */
function shown(value) {
  // Only the type: the value may be a secret.
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? (value.constructor?.name ?? "an object") : typeof value;
}

/** @returns {never} */
function expected(what, wanted, value) {
  throw new TypeError(`${what}: expected ${wanted}, got ${shown(value)}`);
}

export function string(what, value) {
  if (typeof value !== "string") expected(what, "a string", value);
  if (!value.isWellFormed()) throw new TypeError(`${what}: expected a well-formed string, got a lone surrogate`);
  return value;
}

export function strings(what, value) {
  if (!Array.isArray(value)) expected(what, "an array of strings", value);
  return Array.from(value, (item, index) => string(`${what}[${index}]`, item));
}

/** A list, without holes. */
export function array(what, value) {
  if (!Array.isArray(value)) expected(what, "an array", value);
  return Array.from(value);
}

/** Bytes that nobody else can change while they are looked at. */
export function bytes(what, value) {
  if (!(value instanceof Uint8Array)) expected(what, "a Uint8Array", value);
  return Uint8Array.from(value);
}

/** `undefined` where it is missing. */
export function optional(check, what, value) {
  return value === undefined ? undefined : check(what, value);
}

/** An object with nothing but these in it: a misspelt option must not be silently ignored. */
export function options(what, names, value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) expected(what, "an object", value);
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw new TypeError(`${what}: expected no ${JSON.stringify(name)}`);
  }
  return value;
}

export function flag(what, value) {
  if (typeof value !== "boolean") expected(what, "a boolean", value);
  return value;
}

/** An integer of so many bits, from a number or a bigint. */
function integer(what, value, least, most, wanted) {
  const whole = typeof value === "bigint" || Number.isInteger(value);
  if (!whole) expected(what, wanted, value);
  const number = BigInt(value);
  if (number < least || number > most) throw new RangeError(`${what}: expected ${wanted}, from ${least} to ${most}`);
  return number;
}

export function u32(what, value) {
  return Number(integer(what, value, 0n, 0xffff_ffffn, "an integer"));
}

export function u64(what, value) {
  return integer(what, value, 0n, (1n << 64n) - 1n, "an integer");
}

/** Unix seconds. */
export function time(what, value) {
  return integer(what, value, -(1n << 63n), (1n << 63n) - 1n, "Unix seconds as an integer");
}

/** 16 hexadecimal digits or a bigint. */
export function tokenId(what, value) {
  if (typeof value === "string" && /^[0-9a-fA-F]{16}$/.test(value)) return BigInt(`0x${value}`);
  if (typeof value === "bigint") return u64(what, value);
  return expected(what, "16 hexadecimal digits or a bigint", value);
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Keys and secrets: bytes, or the same in hexadecimal. */
export function key(what, value) {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  // Longer than any key or secret: whatever it is, it is not looked at.
  const isHex = typeof value === "string" && value.length <= 128 && value.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(value);
  if (!isHex) {
    expected(what, "a Uint8Array or hexadecimal digits", value);
  }
  return Uint8Array.from(value.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

/** Names of variants, as the index in the list. */
export function oneOf(what, names, value) {
  const index = names.indexOf(value);
  if (index < 0) throw new TypeError(`${what}: expected ${names.map((name) => `"${name}"`).join(" or ")}`);
  return index;
}
