// Reads `tests/vectors/` and asks the package. Runs wherever the package does: it takes the text of the files.

/** The vectors of one file, as lists of `[key, value]`. */
export function parse(text) {
  const records = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const name = /^\[(.*)\]$/.exec(line);
    if (name) {
      records.push({ name: name[1], inputs: [], outputs: [] });
      continue;
    }
    const at = line.indexOf("=");
    const [key, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    const record = records.at(-1);
    if (key.startsWith("expect-")) record.outputs.push([key.slice("expect-".length), value]);
    else record.inputs.push([key, value]);
  }
  return records;
}

/** Why a vector cannot be put to this package, or `undefined`. */
export function notApplicable(record) {
  const has = (key) => record.inputs.some(([name]) => name === key);
  if (has("buffer")) return "a buffer of a given size: JavaScript's grow";
  if (input(record, "since") === "reset") return "a ledger that was emptied at an unknown time: JavaScript knows the time";
  return undefined;
}

/** What the package answers, in the order of the file. */
export function run(api, record) {
  const outputs = [];
  const code = codeOf(api, () => OPERATIONS[input(record, "op")](api, record, (key, value) => outputs.push([key, `${value}`])));
  return [["code", `${code}`], ...(code === 0 ? outputs : [])];
}

/**
 * What is answered to the vectors of a file, as text: `vector`, then `key = value` lines, or `left
 * out`.
 */
export function printed(api, text) {
  const lines = (record) => {
    if (notApplicable(record) !== undefined) return "left out\n";
    return run(api, record).map(([key, value]) => `${key} = ${value}\n`).join("");
  };
  return parse(text).map((record) => `vector\n${lines(record)}`).join("");
}

/**
 * Precomputes the keys that a file names most often, at most so many, and says how many there were.
 */
export function precomputeKeys(api, text, most) {
  const times = new Map();
  for (const [word] of text.matchAll(/\b[0-9a-f]{64}\b/g)) times.set(word, (times.get(word) ?? 0) + 1);
  const words = [...times].sort(([, a], [, b]) => b - a).map(([word]) => word);
  let precomputed = 0;
  for (const word of words) {
    if (precomputed < most && codeOf(api, () => api.precomputeIssuer(word)) === 0) precomputed += 1;
  }
  return precomputed;
}

/** 0, or the code of the refusal; anything else that is thrown is a fault. */
function codeOf(api, call) {
  try {
    call();
    return 0;
  } catch (error) {
    if (error instanceof api.AgentIdError) return error.code;
    throw error;
  }
}

const OPERATIONS = {
  verify(api, record, out) {
    const claims = api.verifyToken(bytes(record, "token"), list(record, "trusted"), {
      now: big(record, "now"),
      clockSkewSeconds: number(record, "clock-skew"),
      maxLifetimeSeconds: big(record, "max-lifetime"),
      maxTokenLength: number(record, "max-token-len"),
    });
    out("permits", yesOrNo(claims.permits(text(record, "required"))));
    out("name", escape(claims.name));
    out("project", escape(claims.project));
    out("scopes", claims.requestedScopes.map(escape).join(" "));
    out("issued-at", claims.issuedAt);
    out("expires-at", claims.expiresAt);
    out("max-calls", claims.maxCalls ?? 0);
    out("token-id", claims.tokenId);
    out("issuer", hex(claims.issuer));
    out("fingerprint", claims.fingerprint);
  },
  key(api, record) {
    api.keyFingerprint(input(record, "key"));
  },
  scope(api, record, out) {
    out("covers", yesOrNo(api.scopeCovers(text(record, "granted"), text(record, "required"))));
  },
  text(api, record, out) {
    const decoded = api.decodeToken(text(record, "text"));
    out("bytes", hex(decoded));
    out("base64url", api.encodeToken(decoded));
  },
  authorization(api, record, out) {
    out("text", escape(api.authorizationText(text(record, "value"))));
  },
  derive(api, record, out) {
    const seed = input(record, "seed");
    const bytes = seed === undefined ? undefined : fromHex(seed);
    derived(api.AgentIdentity.derive(text(record, "name"), text(record, "project"), bytes), out);
  },
  "derive-with-weak-seed"(api, record, out) {
    const bytes = fromHex(input(record, "seed") ?? "");
    derived(api.AgentIdentity.deriveWithWeakSeed(text(record, "name"), text(record, "project"), bytes), out);
  },
  mint(api, record, out) {
    const identity = api.AgentIdentity.fromSecret(text(record, "name"), text(record, "project"), input(record, "secret"));
    const token = identity.mintToken({
      scopes: list(record, "scopes").map(unescape),
      ttlSeconds: big(record, "ttl"),
      maxCalls: number(record, "max-calls"),
      now: big(record, "issued-at"),
      tokenId: input(record, "token-id"),
    });
    out("token", hex(token));
  },
  bundle(api, record, out) {
    const info = api.readBundle(bytes(record, "bundle"), {
      authority: input(record, "authority"),
      clock: clock(input(record, "clock")),
      clockSkewSeconds: number(record, "clock-skew"),
      newest: newest(input(record, "newest")),
      nextAuthority: input(record, "next-authority"),
    });
    out("epoch", info.epoch);
    out("digest", info.digest);
    out("issued-at", info.issuedAt);
    out("not-after", info.notAfter);
    out("issuers", info.issuers);
    out("revocations", info.revocations);
    out("next-authority", info.nextAuthority ?? "none");
    for (const { audienceRequired, leafBinding, depth, quota } of info.limits) {
      const byte = Number(audienceRequired) | (["none", "any", "payload", "challenge"].indexOf(leafBinding) << 1) | (depth << 3);
      out("rules", `${hex([byte])} ${quota?.calls ?? 0} ${quota?.seconds ?? 0}`);
    }
  },
  table(api, record) {
    api.checkIssuers(
      all(record, "issuer").map((line) => {
        const [key, name, project, guessable] = line.split(" ");
        return { key, name: unescape(name), project: unescape(project), allowGuessable: guessable !== undefined };
      }),
    );
  },
  gate(api, record, out) {
    const bundles = all(record, "bundle").map(fromHex);
    const tokens = all(record, "token").map(fromHex);
    const [kind, size] = input(record, "ledger").split(" ");
    const since = /^-?\d+$/.test(input(record, "since")) ? big(record, "since") : "beginning";
    const gate = new api.Gate({
      bundle: bundles[0],
      authority: input(record, "authority"),
      clock: clock(input(record, "clock")),
      ledger: kind === "usage" ? { slots: Number(size), since } : { window: Number(size), since },
      clockSkewSeconds: number(record, "clock-skew"),
      maxLifetimeSeconds: big(record, "max-lifetime"),
      maxTokenLength: number(record, "max-token-len"),
      notIssuedBefore: big(record, "not-issued-before"),
      timePolicy: input(record, "time-policy"),
      counting: input(record, "counting"),
    });
    for (const call of all(record, "call")) {
      const [first, second, ...rest] = call.split(" ");
      let left = "";
      const before = gate.state;
      const code = codeOf(api, () => {
        if (first === "bundle") {
          gate.setBundle(bundles[Number(second) - 1], { clock: clock(rest[0]) });
        } else if (first === "hand-over") {
          const handOver = gate.prepareHandOver(bundles[Number(second) - 1], { clock: clock(rest[0]) });
          handOver.adopt(rest[1] === "not-stored" ? before : handOver.state);
        } else if (first === "restart") {
          api.readBundle(bundles[Number(second) - 1], { ...gate.state, clock: clock(rest[0]) });
        } else {
          const admitted = gate.admit(tokens[Number(first) - 1], { scopes: rest.map(unescape) }, { clock: clock(second) });
          left = ` ${admitted.callsLeft ?? "unlimited"}`;
        }
      });
      out("call", `${code}${left}`);
    }
  },
};

/** Times beyond 2^53 are rounded in JavaScript: compared as numbers. */
export function same(expected, answered) {
  const rounded = ([key, value]) => (/^(issued-at|expires-at|not-after)$/.test(key) ? [key, `${Number(value)}`] : [key, value]);
  return JSON.stringify(expected.map(rounded)) === JSON.stringify(answered.map(rounded));
}

const input = (record, key) => record.inputs.find(([name]) => name === key)?.[1];
const all = (record, key) => record.inputs.filter(([name]) => name === key).map(([, value]) => value);
const list = (record, key) => input(record, key).split(" ").filter((item) => item !== "");
const bytes = (record, key) => fromHex(input(record, key));
const text = (record, key) => unescape(input(record, key));
const big = (record, key) => (input(record, key) === undefined ? undefined : BigInt(input(record, key)));
const number = (record, key) => (input(record, key) === undefined ? undefined : Number(input(record, key)));

function derived(identity, out) {
  out("public-key", hex(identity.publicKey));
  out("fingerprint", identity.fingerprint);
}

/** An epoch and a digest. */
function newest(value) {
  if (value === undefined) return undefined;
  const [epoch, digest] = value.split(" ");
  return { epoch: BigInt(epoch), digest };
}

const yesOrNo = (yes) => (yes ? "yes" : "no");

function clock(value) {
  const [kind, time] = value.split(":");
  if (kind === "known") return { known: BigInt(time) };
  return kind === "at-least" ? { atLeast: BigInt(time) } : "unknown";
}

export function fromHex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function hex(value) {
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unescape(value) {
  const written = [...value.matchAll(/\\x(..)|(.)/gs)].map(([, digits, plain]) =>
    digits === undefined ? plain.charCodeAt(0) : Number.parseInt(digits, 16),
  );
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(written));
}

function escape(value) {
  const plain = (byte) => byte > 0x20 && byte < 0x7f && byte !== 0x5c;
  return Array.from(new TextEncoder().encode(value), (byte) =>
    plain(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  ).join("");
}
