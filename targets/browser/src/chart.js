// The sizes as a table with bars.

import { jwtHeader, jwtPayload, sizes } from "./sizes.js";

const element = (id) => document.getElementById(id);

/** `fields` is `undefined` where the token cannot be read. */
export function drawSizes(fields, length) {
  const rows = fields === undefined ? [] : sizes(fields, length);
  element("sizes").hidden = fields === undefined;
  element("sizes-problem").hidden = fields !== undefined;
  const most = Math.max(...rows.map((row) => row.bytes));
  element("sizes").tBodies[0].replaceChildren(...rows.map((row) => line(row, most)));
  element("jwt-header").textContent = JSON.stringify(jwtHeader("EdDSA"));
  element("jwt-payload").textContent = fields === undefined ? "" : JSON.stringify(jwtPayload(fields), undefined, 2);
}

function line({ label, bytes }, most) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = label;
  const number = row.insertCell();
  number.className = "number";
  number.textContent = `${bytes}`;
  const cell = row.insertCell();
  cell.className = "bar-cell";
  cell.setAttribute("aria-hidden", "true");
  const bar = document.createElement("div");
  bar.className = label.startsWith("AgentID") ? "bar ours" : "bar";
  bar.style.width = `${(bytes / most) * 100}%`;
  cell.append(bar);
  row.prepend(head);
  return row;
}
