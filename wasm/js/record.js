// What crosses to and from the module in one piece; `src/record.rs` is the other half and says how it is laid out.

import { decodeHex, keyOr } from "./check.js";

/** The longest record. No single argument is near it; lists of long texts could be. */
const LONGEST = 1 << 26;
const HIGH = 2 ** 32;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Writes the parts one behind the other. What they are has been checked. */
export class Writer {
  #bytes = new Uint8Array(512);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** An integer of 64 bits, with or without a sign: a safe number or a bigint. */
  number(value) {
    const at = this.#take(8);
    if (Number.isSafeInteger(value)) {
      this.#view.setUint32(at, value % HIGH, true);
      this.#view.setInt32(at + 4, Math.floor(value / HIGH), true);
    } else {
      this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
    }
    return this;
  }

  /** `write` is told the value where there is one. */
  optional(value, write = (present) => this.number(present)) {
    this.number(value === undefined ? 0 : 1);
    if (value !== undefined) write(value);
    return this;
  }

  bytes(value) {
    this.number(value.length);
    return this.#put(value);
  }

  /**
   * Keys, secrets, digests, in either form. A text is decoded into the record and copied nowhere
   * else.
   */
  key(what, value) {
    const bytes = keyOr(what, value, (digits) => {
      const length = digits.length / 2;
      this.number(length);
      const at = this.#take(length);
      return decodeHex(digits, this.#bytes, at) && this;
    });
    return bytes === this ? this : this.bytes(bytes);
  }

  text(value) {
    // No character takes more than three bytes.
    this.#reserve(8 + 3 * value.length);
    const { written } = ENCODER.encodeInto(value, this.#bytes.subarray(this.#length + 8));
    this.number(written).#take(written);
    return this;
  }

  /** Writes the length of a list, then its items. */
  list(write) {
    const at = this.#take(8);
    const length = write();
    this.#view.setUint32(at, length, true);
    return this;
  }

  append(other) {
    return this.#put(other.finish());
  }

  /** The whole record, which is valid until more is written. */
  finish() {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Overwrites all that was written. */
  wipe() {
    this.#bytes.fill(0);
  }

  #put(bytes) {
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Reserves this many bytes and returns the position of the first. */
  #take(length) {
    this.#reserve(length);
    const at = this.#length;
    this.#length += length;
    return at;
  }

  #reserve(length) {
    const wanted = this.#length + length;
    if (wanted <= this.#bytes.length) return;
    if (wanted > LONGEST) throw new RangeError(`arguments: expected at most ${LONGEST} bytes in all`);
    const before = this.#bytes;
    this.#bytes = new Uint8Array(Math.max(wanted, 2 * before.length));
    this.#bytes.set(before);
    this.#view = new DataView(this.#bytes.buffer);
    // It may hold a secret.
    before.fill(0);
  }
}

/** Reads the parts in the order in which they were written. */
export class Reader {
  #record;
  #view;
  #at = 0;

  /** @param {Uint8Array} record */
  constructor(record) {
    this.#record = record;
    this.#view = new DataView(record.buffer, record.byteOffset, record.length);
  }

  /** As a bigint. */
  number() {
    return this.#view.getBigUint64(this.#skip(8), true);
  }

  /** As a number: exact up to 2^53. */
  small() {
    const at = this.#skip(8);
    return this.#view.getInt32(at + 4, true) * HIGH + this.#view.getUint32(at, true);
  }

  /** Unix seconds: exact up to 2^53, 285 million years; what lies beyond is rounded. */
  time() {
    return this.small();
  }

  /** Calls `read` if there is a value. */
  optional(read = () => this.small()) {
    return this.small() === 0 ? undefined : read();
  }

  /** A copy. */
  bytes() {
    const length = this.small();
    const at = this.#skip(length);
    return this.#record.slice(at, at + length);
  }

  text() {
    const length = this.small();
    const at = this.#skip(length);
    return DECODER.decode(this.#record.subarray(at, at + length));
  }

  /** Frozen. */
  texts() {
    const length = this.small();
    const texts = [];
    for (let index = 0; index < length; index += 1) texts.push(this.text());
    return Object.freeze(texts);
  }

  /** 16 hexadecimal digits. */
  tokenId() {
    return this.number().toString(16).padStart(16, "0");
  }

  /** The number of bytes read so far. */
  get at() {
    return this.#at;
  }

  /** The bytes read since that position, without a copy. */
  since(at) {
    return this.#record.subarray(at, this.#at);
  }

  #skip(length) {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
