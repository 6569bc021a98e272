// The map of a token's bytes: a box per field with a button that names it, and a button per byte.

import { counted, hex, spacedHex } from "./format.js";
import { meaning } from "./meaning.js";

/** Of a longer field only the beginning is shown as bytes; the detail has more of it. */
const SHOWN = 64;
/** A field can have 256; only what belongs to no field can have more. */
const LISTED = 256;

export class TokenMap {
  #map;
  #detail;
  #bytes = new Uint8Array();
  #fields = [];
  #boxes = [];
  #shown = -1;
  #read;

  /** Calls `flip` with the offset of the byte to change. */
  constructor(map, detail, flip) {
    this.#map = map;
    this.#detail = detail;
    map.addEventListener("click", (event) => {
      const byte = event.target.closest(".byte");
      if (byte !== null) flip(Number(byte.dataset.offset));
    });
    for (const kind of ["focusin", "pointerover"]) {
      map.addEventListener(kind, (event) => {
        const box = event.target.closest(".field");
        if (box !== null) this.#show(this.#boxes.indexOf(box));
      });
    }
    map.addEventListener("focusin", (event) => {
      if (event.target.matches(".byte")) this.#makeTabStop(event.target);
    });
    map.addEventListener("keydown", (event) => this.#move(event));
  }

  /** `original` is what the bytes were before they were changed. */
  render(bytes, original, fields) {
    const focused = this.#map.contains(document.activeElement) ? document.activeElement.dataset : undefined;
    this.#bytes = bytes;
    this.#fields = fields;
    this.#boxes = fields.map((field, index) => box(field, index, bytes, original));
    this.#map.replaceChildren(...this.#boxes);
    const first = this.#map.querySelector(".byte");
    if (first !== null) this.#makeTabStop(first);
    if (focused?.offset !== undefined) this.#byteAt(Number(focused.offset))?.focus();
    else if (focused?.index !== undefined) this.#map.querySelectorAll(".field-name")[Number(focused.index)]?.focus();
    const shown = Math.min(Math.max(this.#shown, 0), fields.length - 1);
    this.#shown = -1;
    this.#show(shown);
  }

  /** Marks the fields that the answer concerns. */
  mark(concerned) {
    this.#fields.forEach((field, index) => {
      const marked = concerned.includes(field);
      this.#boxes[index].classList.toggle("concerned", marked);
      this.#boxes[index].querySelector(".mark").hidden = !marked;
    });
  }

  #byteAt(offset) {
    return this.#map.querySelector(`.byte[data-offset="${offset}"]`);
  }

  /** Of all bytes the Tab key stops at one; arrow keys reach the others. */
  #makeTabStop(byte) {
    const earlier = this.#map.querySelector('.byte[tabindex="0"]');
    if (earlier !== null) earlier.tabIndex = -1;
    byte.tabIndex = 0;
  }

  #move(event) {
    if (!event.target.matches(".byte") || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = [...this.#map.querySelectorAll(".byte")];
    const at = all.indexOf(event.target);
    const field = this.#boxes.indexOf(event.target.closest(".field"));
    const firstOf = (index) => this.#boxes[index]?.querySelector(".byte");
    const target = {
      ArrowLeft: () => all[at - 1],
      ArrowRight: () => all[at + 1],
      ArrowUp: () => firstOf(field - 1),
      ArrowDown: () => firstOf(field + 1),
      Home: () => all[0],
      End: () => all.at(-1),
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    target()?.focus();
  }

  #show(index) {
    const field = this.#fields[index];
    const content = field === undefined ? [] : detail(field, this.#bytes);
    const text = content.map((node) => node.textContent).join("\n");
    this.#boxes[this.#shown]?.classList.remove("shown");
    this.#boxes[index]?.classList.add("shown");
    this.#shown = index;
    // Left alone where nothing changes, so that it is not read out again.
    if (text === this.#read) return;
    this.#read = text;
    this.#detail.replaceChildren(...content);
  }
}

function box(field, index, bytes, original) {
  const node = make("div", `field ${field.kind}`);
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", field.label);
  const name = make("button", "field-name");
  name.type = "button";
  name.dataset.index = index;
  name.append(make("span", "label", field.label), make("span", "place", `${field.offset}, ${counted(field.length, "byte")}`));
  name.setAttribute("aria-label", `${field.label}: offset ${field.offset}, ${counted(field.length, "byte")}`);
  const mark = make("span", "mark", "refused for this");
  mark.hidden = true;
  const row = make("div", "bytes");
  const shown = Math.min(field.length, SHOWN);
  for (let offset = field.offset; offset < field.offset + shown; offset += 1) row.append(byte(field, offset, bytes, original));
  if (shown < field.length) row.append(make("span", "more", `and ${counted(field.length - shown, "byte")} more`));
  node.append(name, mark, row);
  return node;
}

function byte(field, offset, bytes, original) {
  const changed = bytes[offset] !== original[offset];
  const digits = hex([bytes[offset]]);
  const node = make("button", changed ? "byte changed" : "byte", digits);
  node.type = "button";
  node.tabIndex = -1;
  node.dataset.offset = offset;
  node.setAttribute("aria-label", `${field.label}, byte ${offset}: ${digits}${changed ? ", changed" : ""}`);
  return node;
}

function detail(field, bytes) {
  const raw = bytes.subarray(field.offset, field.offset + field.length);
  const facts = make("dl", "facts");
  const fact = (term, text, kind) => {
    const value = make("dd");
    value.append(make(kind ?? "span", "", text));
    facts.append(make("dt", "", term), value);
  };
  fact("Offset", `${field.offset}`);
  fact("Length", counted(field.length, "byte"));
  fact("Says", meaning(field, bytes));
  const rest = raw.length > LISTED ? ` and ${counted(raw.length - LISTED, "byte")} more` : "";
  fact("Bytes", raw.length === 0 ? "none" : `${spacedHex(raw.subarray(0, LISTED))}${rest}`, "code");
  return [make("h4", "", field.label), facts];
}

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
