// What crosses to and from the module in one piece; `src/record.rs` is the other half and says how it is laid out.

/** Writes the parts one behind the other. What they are has been checked. */
export class Writer {
  #parts = [];

  number(value) {
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
    this.#parts.push(part);
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
    this.#parts.push(value);
    return this;
  }

  text(value) {
    return this.bytes(new TextEncoder().encode(value));
  }

  list(values, write) {
    this.number(values.length);
    for (const value of values) write(value);
    return this;
  }

  texts(values) {
    return this.list(values, (value) => this.text(value));
  }

  finish() {
    const record = new Uint8Array(this.#parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      record.set(part, at);
      at += part.length;
    }
    return record;
  }
}

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the parts in the order in which they were written. */
export class Reader {
  #record;
  #at = 0;

  /** @param {Uint8Array} record */
  constructor(record) {
    this.#record = record;
  }

  /** As a bigint. */
  number() {
    return BigInt.asUintN(64, this.#signed());
  }

  /** As a number: exact up to 2^53. */
  small() {
    return Number(this.#signed());
  }

  /** Unix seconds: exact up to 2^53, 285 million years; what lies beyond is rounded. */
  time() {
    return this.small();
  }

  optional() {
    return this.small() === 0 ? undefined : this.small();
  }

  bytes() {
    const from = this.#at + 8;
    const length = this.small();
    this.#at = from + length;
    return this.#record.slice(from, this.#at);
  }

  text() {
    return TEXT.decode(this.bytes());
  }

  texts() {
    return Array.from({ length: this.small() }, () => this.text());
  }

  #signed() {
    const { buffer, byteOffset } = this.#record;
    const value = new DataView(buffer, byteOffset).getBigInt64(this.#at, true);
    this.#at += 8;
    return value;
  }
}
