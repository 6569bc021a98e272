// The page in a real browser: every vector, everything that can be done with it, and what it must never do.

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { policy, serve } from "../serve.mjs";
import { chromium } from "./chromium.mjs";
import { lowContrast } from "./contrast.mjs";

const root = new URL("../../../", import.meta.url);
const pictures = new URL("target/page/", root);
const vectors = new URL("tests/vectors/", root);
const KNOWN_KEY = "11a5d4234263750789354f87c9285d0973814ce9b2f9b7236fb07f8e1de8159e";
const KNOWN_FINGERPRINT = "ag:sha256:022a6b577d76ae03";

/** The inputs of one vector in `file`. */
function vector(file, name) {
  const text = readFileSync(new URL(file, vectors), "ascii");
  const lines = text.slice(text.indexOf(`[${name}]\n`)).split("\n\n")[0].split("\n").slice(1);
  return Object.fromEntries(lines.map((line) => line.split(" = ")));
}
const README_TOKEN = vector("structure.txt", "readme-example").token;

let server;
let chrome;
let page;
/** What the page must not do: complain, break its policy, talk to anybody else. */
let faults;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  server = await serve({ extra: { "/vectors.mjs": new URL("tests/js/vectors.mjs", root) } });
  chrome = await chromium();
});

after(async () => {
  await chrome?.close();
  await server?.close();
});

beforeEach(async () => {
  faults = [];
  page = await chrome.browser.newPage();
  await page.setViewport({ width: 1100, height: 900 });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warn") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(`${error}`));
  page.on("requestfailed", (request) => faults.push(`failed: ${request.url()}`));
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) faults.push(`asked ${request.url()}`);
  });
  await page.evaluateOnNewDocument(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (event) => {
      globalThis.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
    });
  });
  await open();
});

afterEach(async () => {
  faults.push(...(await page.evaluate(() => globalThis.violations)));
  await page.close();
  assert.deepEqual(faults, []);
});

async function open() {
  await page.goto(server.url);
  await page.waitForSelector("html[data-ready]");
}

const textOf = (selector) => page.$eval(selector, (node) => node.textContent);
const valueOf = (selector) => page.$eval(selector, (node) => node.value);
const isShown = (selector) => page.$eval(selector, (node) => node.checkVisibility());
const code = () => page.$eval("#verdict", (node) => Number(node.dataset.code));
const marked = () => page.$$eval(".field.concerned .label", (nodes) => nodes.map((node) => node.textContent));
const active = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.id);

/** Types it over what is there. */
async function type(selector, text) {
  await page.focus(selector);
  await page.$eval(selector, (node) => node.select());
  await page.keyboard.press("Backspace");
  await page.keyboard.type(text);
}

/** Puts it there at once, as pasting does. */
async function paste(selector, text) {
  await page.$eval(
    selector,
    (node, value) => {
      node.value = value;
      node.dispatchEvent(new InputEvent("input", { bubbles: true }));
    },
    text,
  );
}

async function details() {
  const terms = await page.$$eval("#detail dt, #detail dd", (nodes) => nodes.map((node) => node.textContent));
  const pairs = terms.flatMap((term, index) => (index % 2 === 0 ? [[term, terms[index + 1]]] : []));
  return { field: await textOf("#detail h4"), ...Object.fromEntries(pairs) };
}

test("every vector is answered as expected in the browser", async () => {
  const files = readdirSync(vectors).filter((name) => name.endsWith(".txt"));
  const texts = files.map((file) => [file, readFileSync(new URL(file, vectors), "ascii")]);
  const { count, left, failures } = await page.evaluate(async (all) => {
    const api = await import("/agentid/inline.js");
    const { notApplicable, parse, run, same } = await import("/vectors.mjs");
    const result = { count: 0, left: 0, failures: [] };
    for (const [file, text] of all) {
      for (const record of parse(text)) {
        if (notApplicable(record) !== undefined) {
          result.left += 1;
          continue;
        }
        const answer = run(api, record);
        if (!same(record.outputs, answer)) result.failures.push(`${file}: ${record.name}: answered ${answer}`);
        result.count += 1;
      }
    }
    return result;
  }, texts);
  assert.deepEqual(failures, []);
  assert.ok(count > 550, `only ${count} vectors`);
  assert.equal(left, 14);
});

test("the identity appears as it is typed, and is the same after a reload", async () => {
  assert.equal(await textOf("#public-key"), KNOWN_KEY);
  assert.equal(await textOf("#fingerprint"), KNOWN_FINGERPRINT);
  await type("#name", "other-bot");
  const other = await textOf("#fingerprint");
  assert.match(other, /^ag:sha256:[0-9a-f]{16}$/);
  assert.notEqual(other, KNOWN_FINGERPRINT);
  await open();
  assert.equal(await textOf("#fingerprint"), KNOWN_FINGERPRINT);
  await type("#name", "other-bot");
  assert.equal(await textOf("#fingerprint"), other);
});

test("a seed is taken as UTF-8", async () => {
  const expected = vector("derive.txt", "seed");
  await paste("#seed", Buffer.from(expected.seed, "hex").toString());
  assert.equal(await textOf("#public-key"), expected["expect-public-key"]);
  // Section 5 of SPEC.md, by what is in Node.
  await type("#seed", "größer und länger 🔑");
  const secret = hkdfSync("sha256", "research-bot\0phd-lab\0größer und länger 🔑", "agentid-v1", "ed25519-signing-key", 32);
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(secret)]);
  const { x } = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" })).export({ format: "jwk" });
  assert.equal(await textOf("#public-key"), Buffer.from(x, "base64url").toString("hex"));
});

test("input that makes no identity is named, and nobody is trusted then", async () => {
  await type("#name", "");
  assert.equal(await textOf("#public-key"), "none");
  assert.match(await textOf("#identity-problem"), /invalid-name \(8\)/);
  assert.equal(await page.$eval("#name", (node) => node.getAttribute("aria-invalid")), "true");
  assert.equal(await code(), 13);
  await page.click("#mint button[type=submit]");
  assert.match(await textOf("#mint-problem"), /no identity/);
});

test("a key that everybody can make is warned of, in the identity and in the token", async () => {
  assert.ok(await isShown("#guessable-identity"));
  assert.ok(await isShown("#guessable-token"));
  await type("#seed", "too short");
  assert.match(await textOf("#identity-problem"), /seed-too-short \(63\)/);
  assert.equal(await page.$eval("#seed", (node) => node.getAttribute("aria-invalid")), "true");
  await type("#seed", "a secret of many bytes");
  assert.ok(!(await isShown("#guessable-identity")));
  assert.ok(await isShown("#guessable-token"), "the token is still the old one");
  await page.click("#mint button[type=submit]");
  assert.ok(!(await isShown("#guessable-token")));
  assert.equal(await code(), 0);
  await paste("#token", README_TOKEN);
  assert.ok(await isShown("#guessable-token"));
});

test("a random seed makes another identity each time", async () => {
  await page.click("#random-seed");
  const first = await textOf("#fingerprint");
  assert.match(await valueOf("#seed"), /^[0-9a-f]{64}$/);
  await page.click("#random-seed");
  assert.notEqual(await textOf("#fingerprint"), first);
});

test("a token is minted with what the form says, and accepted", async () => {
  await type("#scopes", "  read:arxiv   write:* ");
  await type("#lifetime", "60");
  await type("#max-calls", "7");
  await page.click("#mint button[type=submit]");
  const text = await valueOf("#minted");
  assert.match(text, /^qR0B[\w-]+$/);
  assert.equal(await valueOf("#token"), text);
  const fields = await page.evaluate(async (token) => {
    const { parseToken } = await import("/agentid/inline.js");
    const { issuedAt, expiresAt, requestedScopes, maxCalls } = parseToken(token);
    return { lifetime: expiresAt - issuedAt, requestedScopes, maxCalls };
  }, text);
  assert.deepEqual(fields, { lifetime: 60, requestedScopes: ["read:arxiv", "write:*"], maxCalls: 7 });
  assert.equal(await code(), 0);
  assert.match(await textOf("#verdict"), /^Accepted/);
});

test("what cannot be minted is named, and the token stays", async () => {
  const before = await valueOf("#minted");
  const problems = [
    ["#scopes", "read:", /invalid-scope \(10\)/],
    ["#lifetime", "0", /empty-lifetime \(11\)/],
    ["#lifetime", "86401", /lifetime-too-long \(12\)/],
    ["#lifetime", "1.5", /whole number/],
    ["#lifetime", "99999999999999999999", /whole number/],
    ["#max-calls", "4294967296", /whole number/],
    ["#max-calls", "-1", /whole number/],
    ["#max-calls", "", /whole number/],
  ];
  for (const [selector, text, problem] of problems) {
    const good = await valueOf(selector);
    await type(selector, text);
    await page.keyboard.press("Enter");
    assert.match(await textOf("#mint-problem"), problem, text);
    assert.equal(await page.$eval(selector, (node) => node.getAttribute("aria-invalid")), "true");
    assert.equal(await valueOf("#minted"), before);
    await type(selector, good);
  }
  await page.keyboard.press("Enter");
  assert.ok(!(await isShown("#mint-problem")));
  assert.notEqual(await valueOf("#minted"), before);
});

test("the minted token can be copied", async () => {
  const context = page.browserContext();
  const origin = server.url.slice(0, -1);
  await context.overridePermissions(origin, []);
  await page.click("#copy");
  await page.waitForFunction(() => document.getElementById("copied").textContent.startsWith("Not allowed"));
  assert.equal(await page.evaluate(() => getSelection().toString()), await valueOf("#minted"));
  await context.overridePermissions(origin, ["clipboard-read", "clipboard-sanitized-write"]);
  await page.click("#copy");
  await page.waitForFunction(() => document.getElementById("copied").textContent === "Copied.");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await valueOf("#minted"));
});

test("the map has a button per field and one per byte", async () => {
  await paste("#token", README_TOKEN);
  const names = await page.$$eval(".field-name", (nodes) => nodes.map((node) => node.getAttribute("aria-label")));
  assert.deepEqual(names, [
    "magic: offset 0, 2 bytes",
    "version: offset 2, 1 byte",
    "flags: offset 3, 1 byte",
    "issued_at: offset 4, 8 bytes",
    "expires_at: offset 12, 8 bytes",
    "max_calls: offset 20, 4 bytes",
    "token_id: offset 24, 8 bytes",
    "issuer: offset 32, 32 bytes",
    "name: offset 64, 13 bytes",
    "project: offset 77, 8 bytes",
    "scope count: offset 85, 1 byte",
    "scope 1: offset 86, 11 bytes",
    "scope 2: offset 97, 12 bytes",
    "signature: offset 109, 64 bytes",
  ]);
  const bytes = await page.$$eval(".byte", (nodes) => nodes.map((node) => node.textContent).join(""));
  assert.equal(bytes, README_TOKEN);
});

test("focus and pointer show name, offset, length, bytes and meaning of a field", async () => {
  await paste("#token", README_TOKEN);
  await page.focus(".token_id .field-name");
  assert.deepEqual(await details(), {
    field: "token_id",
    Offset: "24",
    Length: "8 bytes",
    Says: "A random number that names this token: 0123456789abcdef.",
    Bytes: "0123 4567 89ab cdef",
  });
  await page.hover(".issued_at .byte");
  assert.match((await details()).Says, /2026-09-21 14:13:20 UTC \(1790000000\)/);
  await page.focus(".name .field-name");
  assert.equal((await details()).Says, 'The agent\'s name: "research-bot", 12 bytes long.');
});

test("a flipped bit breaks the signature, and undoing repairs it", async () => {
  await page.click('.byte[data-offset="66"]');
  assert.equal(await code(), 16);
  assert.match(await textOf("#verdict"), /bad-signature.*Field: signature\./);
  assert.deepEqual(await marked(), ["signature"]);
  assert.equal(await textOf("#changes"), "1 byte changed.");
  assert.match(await active(), /^name, byte 66: .., changed$/);
  await page.click('.byte[data-offset="0"]');
  assert.equal(await code(), 3);
  assert.deepEqual(await marked(), ["magic"]);
  await page.click("#reset");
  assert.equal(await code(), 0);
  assert.equal(await textOf("#changes"), "");
  assert.deepEqual(await marked(), []);
});

test("the map is left and entered by the keyboard, and bytes are flipped with Enter", async () => {
  await page.focus("#reset");
  await page.keyboard.press("Tab");
  assert.equal(await active(), "magic: offset 0, 2 bytes");
  await page.keyboard.press("Tab");
  assert.match(await active(), /^magic, byte 0/);
  await page.keyboard.press("ArrowRight");
  assert.match(await active(), /^magic, byte 1/);
  await page.keyboard.press("ArrowDown");
  assert.match(await active(), /^version, byte 2/);
  await page.keyboard.press("Enter");
  assert.equal(await code(), 4);
  assert.equal(await active(), "version, byte 2: 00, changed");
  await page.keyboard.press("Enter");
  assert.equal(await code(), 0);
  await page.keyboard.press("End");
  assert.match(await active(), /^signature/);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY", "behind the map");
});

test("every control can be reached with the Tab key", async () => {
  const wanted = await page.$$eval(
    "input, textarea, summary, button:not(.byte)",
    (nodes) => nodes.filter((node) => node.checkVisibility()).length,
  );
  await page.evaluate(() => document.body.focus());
  const reached = new Set();
  for (let press = 0; press < wanted + 3; press += 1) {
    await page.keyboard.press("Tab");
    const key = await page.evaluate(() => {
      const node = document.activeElement;
      return node.matches(".byte") || node === document.body ? "" : [...document.querySelectorAll("*")].indexOf(node);
    });
    if (key !== "") reached.add(key);
  }
  assert.equal(reached.size, wanted);
});

test("everything has a name for a screen reader", async () => {
  const unnamed = await page.$$eval("input, textarea, button", (nodes) =>
    nodes
      .filter((node) => !(node.labels?.length > 0 || node.getAttribute("aria-label") || node.textContent.trim()))
      .map((node) => node.outerHTML),
  );
  assert.deepEqual(unnamed, []);
  const headings = await page.$$eval("h1, h2, h3, h4", (nodes) => nodes.map((node) => Number(node.tagName[1])));
  headings.reduce((above, level) => {
    assert.ok(level <= above + 1, `${headings}`);
    return level;
  }, 0);
  assert.equal(await page.$eval("html", (node) => node.lang), "en");
  for (const id of ["identity-result", "verdict"]) {
    assert.equal(await page.$eval(`#${id}`, (node) => node.getAttribute("aria-live")), "polite");
  }
});

test("a pasted token is read in every form", async () => {
  const token = Buffer.from(await valueOf("#minted"), "base64url");
  const forms = ["hex", "base64", "base64url"].map((form) => token.toString(form));
  for (const text of [...forms, forms[0].toUpperCase(), `\n ${forms[2]} \n`]) {
    await paste("#token", text);
    assert.equal(await code(), 0, text);
    assert.equal((await page.$$(".byte")).length, token.length);
  }
  await paste("#token", README_TOKEN);
  // Minted at a set time: valid then.
  assert.ok([14, 15].includes(await code()));
  await page.click("#look");
  assert.equal(await code(), 0);
});

test("another identity does not trust the token", async () => {
  await type("#project", "other-lab");
  assert.equal(await code(), 13);
  assert.deepEqual(await marked(), ["issuer"]);
  await type("#project", "phd-lab");
  assert.equal(await code(), 0);
});

test("a token expires while it is looked at", async () => {
  await type("#lifetime", "1");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("verdict").dataset.code === "14", { timeout: 5000 });
  assert.deepEqual(await marked(), ["expires_at"]);
});

test("every malformed token is shown as far as it goes, with its code and the field it is refused for", async () => {
  const concerned = {
    3: ["magic"],
    4: ["version"],
    5: ["flags"],
    7: ["left over"],
    8: ["name"],
    9: ["project"],
    11: ["issued_at", "expires_at"],
  };
  const text = readFileSync(new URL("structure.txt", vectors), "ascii");
  const seen = new Set();
  for (const record of text.split("\n\n").slice(1)) {
    const expected = Number(/^expect-code = (\d+)/m.exec(record)[1]);
    const token = /^token = ?(.*)/m.exec(record)[1];
    if (expected === 0) continue;
    // Text is told apart by how it begins: only as base64url is any token itself.
    await paste("#token", Buffer.from(token, "hex").toString("base64url"));
    assert.equal(await code(), expected, record);
    const fields = await page.$$eval(".field-name", (nodes) => nodes.map((node) => node.getAttribute("aria-label")));
    let at = 0;
    for (const field of fields) {
      const [, offset, length] = /offset (\d+), (\d+) byte/.exec(field);
      assert.equal(Number(offset), at, record);
      at += Number(length);
    }
    assert.equal(at, token.length / 2, record);
    const where = await marked();
    if (expected in concerned) assert.deepEqual(where, concerned[expected], record);
    if (expected === 1) assert.ok(!fields.some((field) => field.startsWith("signature")), record);
    if (expected === 6) assert.equal(where.length, 1, record);
    if (expected === 10) assert.match(where[0], /^scope \d/, record);
    for (const name of await page.$$(".field-name")) await name.focus();
    seen.add(expected);
  }
  assert.deepEqual([...seen].sort((one, other) => one - other), [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("text that is no token, and bytes at random, are answered and never thrown at", async () => {
  for (const [text, expected] of [["no token!", 19], ["a9z", 19], ["", 1], ["a9", 1], ["\ud800", 19], ["A".repeat(131_843), 2]]) {
    await paste("#token", text);
    assert.equal(await code(), expected, text.slice(0, 20));
  }
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  };
  for (let round = 0; round < 60; round += 1) {
    const bytes = Buffer.from(README_TOKEN, "hex");
    for (let change = 0; change < 3; change += 1) bytes[random() % bytes.length] = random();
    await paste("#token", bytes.subarray(0, random() % (bytes.length + 1)).toString("base64url"));
    assert.ok((await code()) > 0);
  }
});

test("the longest token is shown", async () => {
  const text = readFileSync(new URL("long.txt", vectors), "ascii");
  const longest = [...text.matchAll(/^token = (.*)$/gm)].map((match) => match[1]).find((token) => token.length === 2 * 65_921);
  await paste("#token", longest);
  assert.equal((await page.$$(".field-name")).length, 12 + 255);
  assert.match(await textOf(".name .more"), /^and 192 bytes more$/);
});

test("the sizes are those of the token, and of JSON Web Tokens with the same claims", async () => {
  const token = Buffer.from(await valueOf("#minted"), "base64url");
  const claims = {
    iss: KNOWN_FINGERPRINT,
    sub: "research-bot",
    project: "phd-lab",
    scope: "read:arxiv write:notes",
    iat: Number(token.readBigInt64BE(4)),
    exp: Number(token.readBigInt64BE(12)),
    jti: token.subarray(24, 32).toString("hex"),
    max_calls: 100,
  };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const jwt = (alg, signature) =>
    [part({ alg, typ: "JWT" }), part(claims), Buffer.alloc(signature).toString("base64url")].join(".").length;
  const rows = await page.$$eval("#sizes tbody tr", (nodes) => nodes.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.deepEqual(rows, [
    ["AgentID", "173", ""],
    ["AgentID as base64url", "231", ""],
    ["EdDSA JWT", `${jwt("EdDSA", 64)}`, ""],
    ["RS256 JWT", `${jwt("RS256", 256)}`, ""],
  ]);
  await paste("#token", "a9");
  assert.ok(!(await isShown("#sizes")));
  assert.ok(await isShown("#sizes-problem"));
});

test("the policy is enforced, and states what it should", async () => {
  assert.equal((await page.goto(server.url)).headers()["content-security-policy"], policy);
  assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
  const refused = await page.evaluate(() => fetch("/index.html").then(() => "fetched", () => "refused"));
  assert.equal(refused, "refused");
  const [violation] = await page.evaluate(() => globalThis.violations.splice(0));
  assert.match(violation, /^connect-src/);
  faults = faults.filter((fault) => !/Content Security Policy|index\.html/.test(fault));
});

test("nothing but the files of the page is served", async () => {
  for (const path of ["README.md", "package.json", "src/", "src/../package.json", "src/%2e%2e/package.json", "agentid/..%2fpackage.json", "constructor"]) {
    assert.equal((await fetch(server.url + path)).status, 404, path);
  }
});

test("text has enough contrast, and nothing is wider than the window", async () => {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    assert.deepEqual(await page.evaluate(lowContrast), [], scheme);
    await page.click('.byte[data-offset="66"]');
    await type("#lifetime", "0");
    await page.keyboard.press("Enter");
    assert.ok(await isShown(".mark:not([hidden])"));
    assert.deepEqual(await page.evaluate(lowContrast), [], `${scheme}, refused`);
    await page.click("#reset");
    await type("#lifetime", "900");
  }
  await page.setViewport({ width: 390, height: 844 });
  assert.equal(await page.evaluate(() => document.documentElement.clientWidth), 390);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
});

test("pictures: light, dark, narrow, refused", async () => {
  const views = [
    ["light", "light", 1100],
    ["dark", "dark", 1100],
    ["narrow", "light", 390],
  ];
  for (const [name, scheme, width] of views) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await picture(name, width);
  }
  await page.click('.byte[data-offset="66"]');
  await picture("refused", 1100);
});

/** In a window as high as the page, so that what sticks to its edge covers nothing. */
async function picture(name, width) {
  await page.setViewport({ width, height: 900 });
  await page.setViewport({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, pictures)) });
}
