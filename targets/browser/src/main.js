// Ties the parts together: who is trusted, which token is looked at, what was changed in it.

import { decodeToken } from "../agentid/inline.js";
import { drawSizes } from "./chart.js";
import { counted } from "./format.js";
import { identityForm } from "./identity.js";
import { layout } from "./layout.js";
import { mintForm } from "./mint.js";
import { TokenMap } from "./token-map.js";
import { attempt, concerned, isGuessable, judge, read } from "./verdict.js";

const element = (id) => document.getElementById(id);
const NOTHING = new Uint8Array();

let identity;
/** Why the text is no bytes, or `undefined`. */
let unreadable;
let original = NOTHING;
let bytes = NOTHING;
let fields = [];

const map = new TokenMap(element("map"), element("detail"), (offset) => {
  bytes = Uint8Array.from(bytes);
  bytes[offset] ^= 1;
  draw();
});

/** Takes what stands in the text field. */
function take() {
  const text = element("token").value.trim();
  const answer = attempt(() => decodeToken(text.toWellFormed()));
  unreadable = answer.code === 0 ? undefined : answer;
  original = answer.value ?? NOTHING;
  bytes = original;
  draw();
}

function draw() {
  fields = layout(bytes);
  const claims = read(bytes);
  map.render(bytes, original, fields);
  drawSizes(claims, bytes.length);
  const changes = bytes.filter((byte, offset) => byte !== original[offset]).length;
  setText("changes", changes === 0 ? "" : `${counted(changes, "byte")} changed.`);
  const guessable = claims !== undefined && isGuessable(claims);
  element("guessable-token").hidden = !guessable;
  setText(
    "guessable-token",
    guessable ? "Anybody can make such a token: its key follows from its name and project, without a seed." : "",
  );
  answer();
}

/** The answer for this moment; time alone can change it. */
function answer() {
  const verdict = unreadable ?? judge(bytes, identity?.publicKey);
  const where = concerned(verdict.code, fields, bytes);
  map.mark(where);
  const about = where.length === 0 ? "" : ` Field: ${where.map((field) => field.label).join(", ")}.`;
  const nobody = identity === undefined ? " There is no identity to trust." : "";
  const box = element("verdict");
  box.classList.toggle("accepted", verdict.code === 0);
  const head = verdict.code === 0 ? "Accepted, code 0" : `Refused, code ${verdict.code}: ${verdict.name}`;
  const body = `${verdict.sentence}${about}${nobody}`;
  // Left alone where nothing changes, so that it is not read out again.
  if (box.dataset.said === `${head} ${body}`) return;
  box.dataset.said = `${head} ${body}`;
  box.dataset.code = verdict.code;
  const strong = document.createElement("strong");
  strong.textContent = head;
  const rest = document.createElement("span");
  rest.textContent = body;
  box.replaceChildren(strong, rest);
}

function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

element("token").addEventListener("input", take);
element("reset").addEventListener("click", () => {
  bytes = original;
  draw();
});

identityForm((made) => {
  identity = made;
  answer();
});
const mint = mintForm(
  () => identity,
  (text) => {
    element("token").value = text;
    take();
  },
);
mint();
setInterval(answer, 1000);
document.documentElement.dataset.ready = "";
