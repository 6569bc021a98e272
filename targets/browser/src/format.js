// Bytes and times as text.

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** In groups of four digits, so that a line can break. */
export function spacedHex(bytes) {
  return hex(bytes).replace(/.{4}(?=.)/g, "$& ");
}

export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What a `Date` reaches, in milliseconds from 1970. */
const LAST_DATE = 8_640_000_000_000_000n;

/** Unix seconds, of up to 64 bits. */
export function time(seconds) {
  const milliseconds = seconds * 1000n;
  if (milliseconds > LAST_DATE || milliseconds < -LAST_DATE) return `${seconds}, beyond the calendar`;
  const date = new Date(Number(milliseconds)).toISOString().replace("T", " ").replace(".000Z", " UTC");
  return `${date} (${seconds})`;
}

/** `undefined` where the bytes are not UTF-8. */
export function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** With what cannot be seen written out, and quotes around it. */
export function quoted(text) {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

export function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
