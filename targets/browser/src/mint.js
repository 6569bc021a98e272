// The form that mints a token.

import { encodeToken } from "../agentid/inline.js";
import { attempt } from "./verdict.js";

/** The longest text that is read, in characters: a token has room for less. */
const LONGEST = 65_536;

const element = (id) => document.getElementById(id);

/** Asks `identity()` for who mints, and hands the token to `show` as text. Returns what mints one now. */
export function mintForm(identity, show) {
  const [scopes, lifetime, maxCalls, minted] = ["scopes", "lifetime", "max-calls", "minted"].map(element);

  function mint() {
    const answer = ask();
    element("mint-problem").hidden = answer.problem === undefined;
    element("mint-problem").textContent = answer.problem ?? "";
    for (const input of [scopes, lifetime, maxCalls]) input.setAttribute("aria-invalid", `${input === answer.input}`);
    element("copied").textContent = "";
    if (answer.problem !== undefined) return;
    minted.value = encodeToken(answer.token);
    show(minted.value);
  }

  function ask() {
    const minter = identity();
    if (minter === undefined) return { problem: "There is no identity to mint with." };
    const ttlSeconds = whole(lifetime.value, 2n ** 64n);
    if (ttlSeconds === undefined) return { problem: "The lifetime must be a whole number of seconds.", input: lifetime };
    const calls = whole(maxCalls.value, 2n ** 32n);
    if (calls === undefined) return { problem: "The calls must be a whole number below 2^32.", input: maxCalls };
    const wanted = scopes.value.slice(0, LONGEST).toWellFormed().split(/\s+/).filter((scope) => scope !== "");
    const answer = attempt(() => minter.mintToken({ scopes: wanted, ttlSeconds, maxCalls: Number(calls) }));
    if (answer.code === 0) return { token: answer.value };
    const input = answer.code === 10 || answer.code === 20 ? scopes : lifetime;
    return { problem: `Not minted: ${answer.name} (${answer.code}). ${answer.sentence}`, input };
  }

  element("mint").addEventListener("submit", (event) => {
    event.preventDefault();
    mint();
  });
  element("look").addEventListener("click", () => show(minted.value));
  element("copy").addEventListener("click", async () => {
    minted.select();
    try {
      await navigator.clipboard.writeText(minted.value);
      element("copied").textContent = "Copied.";
    } catch {
      element("copied").textContent = "Not allowed to copy: it is selected, copy it from there.";
    }
  });
  return mint;
}

/** `undefined` where the text is no whole number below the bound. */
function whole(text, bound) {
  const digits = text.trim();
  if (!/^\d{1,20}$/.test(digits)) return undefined;
  const number = BigInt(digits);
  return number < bound ? number : undefined;
}
