// Arguments are checked here, before they reach the module: what has the wrong type gets a TypeError that says what was
// expected. What has the right type and is no good gets its code from the core.
//
// Each argument is read once, and nothing that it inherits is used. Its length is checked before
// anything is copied.

/**
 * The longest text, and the longest seed, in characters or bytes: far more than any that the core
 * accepts or needs.
 */
const LONGEST_TEXT = 65_536;
/** The longest key or secret that is handed on. All have 32 bytes; the core says so. */
const LONGEST_KEY = 64;
/** The longest list. */
const LONGEST_LIST = 262_144;

// The getters that all typed arrays share. They read the engine's own slots, so subclasses, proxies
// and other realms cannot mislead them.
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype);
const getter = (name) => Object.getOwnPropertyDescriptor(TYPED_ARRAY, name).get;
const TAG = getter(Symbol.toStringTag);
const LENGTH = getter("length");
const BUFFER = getter("buffer");
const OFFSET = getter("byteOffset");

/** @param {unknown} value */
function shown(value) {
  // Only the type: the value may be a secret.
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "another object" : typeof value;
}

/** @returns {never} */
export function expected(what, wanted, value) {
  throw new TypeError(`${what}: expected ${wanted}, got ${shown(value)}`);
}

function atMost(what, most, unit, length) {
  if (length > most) throw new RangeError(`${what}: expected at most ${most} ${unit}, got ${length}`);
}

export function string(what, value, longest = LONGEST_TEXT) {
  if (typeof value !== "string") expected(what, "a string", value);
  atMost(what, longest, "characters", value.length);
  if (!value.isWellFormed()) throw new TypeError(`${what}: expected a well-formed string, got a lone surrogate`);
  return value;
}

/**
 * Calls `each` with every item of an array and its index. Holes are `undefined`, and an iterator is
 * never asked.
 */
export function list(what, wanted, value, each) {
  if (!Array.isArray(value)) expected(what, `an array${wanted}`, value);
  const { length } = value;
  atMost(what, LONGEST_LIST, "items", length);
  for (let index = 0; index < length; index += 1) each(Object.hasOwn(value, index) ? value[index] : undefined, index);
  return length;
}

/** Returns whether it is a `Uint8Array`, of any realm. */
export function isBytes(value) {
  return TAG.call(value) === "Uint8Array";
}

/** The same bytes, as a plain view with the true length. Nothing is copied. */
function viewed(value) {
  return new Uint8Array(BUFFER.call(value), OFFSET.call(value), LENGTH.call(value));
}

export function bytes(what, value, longest = LONGEST_TEXT) {
  if (!isBytes(value)) expected(what, "a Uint8Array", value);
  atMost(what, longest, "bytes", LENGTH.call(value));
  return viewed(value);
}

/** `undefined` where it is missing. */
export function optional(check, what, value) {
  return value === undefined ? undefined : check(what, value);
}

/**
 * Returns a copy of the object with these properties. Throws for any other property, so that no
 * misspelt option is silently ignored. Throws for an object that keeps its values elsewhere, such
 * as a `Map`.
 */
export function options(what, names, value) {
  if (!isPlain(value)) expected(what, "a plain object", value);
  const read = { __proto__: null };
  const keys = Reflect.ownKeys(value);
  for (let index = 0; index < keys.length; index += 1) {
    const name = keys[index];
    if (!names.includes(name)) throw new TypeError(`${what}: expected no ${JSON.stringify(String(name))}`);
    const property = Reflect.getOwnPropertyDescriptor(value, name);
    if (property === undefined) continue;
    if (!Object.hasOwn(property, "value")) throw new TypeError(`${what}.${name}: expected a value, got a getter`);
    read[name] = property.value;
  }
  return read;
}

/** Returns whether it inherits only from the `Object.prototype` of any realm, or from nothing. */
function isPlain(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

export function flag(what, value) {
  if (typeof value !== "boolean") expected(what, "a boolean", value);
  return value;
}

/** An integer, from a number or a bigint. */
function integer(what, value, least, most, wanted) {
  const whole = typeof value === "bigint" || Number.isInteger(value);
  if (!whole) expected(what, wanted, value);
  if (value < least || value > most) throw new RangeError(`${what}: expected ${wanted}, from ${least} to ${most}`);
  return value;
}

/** As a number. */
export function between(least, most) {
  return (what, value) => Number(integer(what, value, least, most, "an integer"));
}

export const u32 = between(0, 0xffff_ffff);

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

const DIGITS = "0123456789abcdef";

export function hex(bytes) {
  let digits = "";
  for (let index = 0; index < bytes.length; index += 1) digits += DIGITS[bytes[index] >> 4] + DIGITS[bytes[index] & 15];
  return digits;
}

/** The values of the digits, by their character. */
const VALUES = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value += 1) {
  VALUES[DIGITS.charCodeAt(value)] = value;
  VALUES[DIGITS.toUpperCase().charCodeAt(value)] = value;
}

/**
 * Writes the bytes of hexadecimal digits into `bytes`, from `at` on; `false` if there are other
 * characters.
 */
export function decodeHex(digits, bytes, at) {
  for (let index = 0; index < digits.length; index += 2) {
    const high = VALUES[digits.charCodeAt(index)];
    const low = VALUES[digits.charCodeAt(index + 1)];
    // Neither 255 nor `undefined` is below 16.
    if (!(high < 16 && low < 16)) return false;
    bytes[at + (index >> 1)] = (high << 4) | low;
  }
  return true;
}

const KEY = "a Uint8Array or hexadecimal digits";

/**
 * Keys, secrets, digests: bytes, or hexadecimal digits, which `decode` takes. An input that is too
 * long is not read.
 */
export function keyOr(what, value, decode) {
  if (isBytes(value)) return bytes(what, value, LONGEST_KEY);
  const isText = typeof value === "string" && value.length <= 2 * LONGEST_KEY && value.length % 2 === 0;
  return (isText && decode(value)) || expected(what, KEY, value);
}

/** The same as bytes. */
export function key(what, value) {
  return keyOr(what, value, (digits) => {
    const decoded = new Uint8Array(digits.length / 2);
    return decodeHex(digits, decoded, 0) && decoded;
  });
}

/** The same, which must have 32 bytes. */
export function digest(what, value) {
  const bytes = key(what, value);
  if (bytes.length !== 32) throw new TypeError(`${what}: expected 32 bytes or 64 hexadecimal digits`);
  return bytes;
}

/** Names of variants, as the index in the list. */
export function oneOf(what, names, value) {
  const index = names.indexOf(value);
  if (index < 0) throw new TypeError(`${what}: expected ${names.map((name) => `"${name}"`).join(" or ")}`);
  return index;
}
