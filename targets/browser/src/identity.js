// The form that derives an identity.

import { AgentIdentity } from "../agentid/inline.js";
import { hex } from "./format.js";
import { attempt } from "./verdict.js";

/** The longest text that the package takes, in characters. */
const LONGEST = 65_536;

const element = (id) => document.getElementById(id);

/** Calls `changed` with the identity, or with `undefined` where the input makes none: now, and whenever it is edited. */
export function identityForm(changed) {
  const [name, project, seed] = ["name", "project", "seed"].map(element);

  function update() {
    // The input may hold half a character, which is no text. Longer input is too long as well.
    const [agent, lab, secret] = [name, project, seed].map((input) => input.value.slice(0, LONGEST).toWellFormed());
    const seedOrNone = secret === "" ? undefined : secret;
    const { code, name: codeName, sentence, value: identity } = attempt(() => AgentIdentity.derive(agent, lab, seedOrNone));
    element("public-key").textContent = identity === undefined ? "none" : hex(identity.publicKey);
    element("fingerprint").textContent = identity?.fingerprint ?? "none";
    element("guessable-identity").hidden = identity === undefined || secret !== "";
    element("identity-problem").hidden = identity !== undefined;
    element("identity-problem").textContent = identity === undefined ? `No identity: ${codeName} (${code}). ${sentence}` : "";
    name.setAttribute("aria-invalid", `${code === 8}`);
    project.setAttribute("aria-invalid", `${code === 9}`);
    seed.setAttribute("aria-invalid", `${code === 63}`);
    changed(identity);
  }

  element("identity").addEventListener("submit", (event) => event.preventDefault());
  element("identity").addEventListener("input", update);
  element("random-seed").addEventListener("click", () => {
    seed.value = hex(crypto.getRandomValues(new Uint8Array(32)));
    update();
  });
  update();
}
