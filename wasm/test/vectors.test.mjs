// Every vector, in Node, with the package as it is published.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { notApplicable, parse, precomputeKeys, run, same } from "../../tests/js/vectors.mjs";

// Another build of the package, or this one.
const api = await import(process.env.AGENTID_PACKAGE ?? "agentid-wasm");
const folder = new URL("../../tests/vectors/", import.meta.url);

const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));
const texts = new Map(files.map((file) => [file, readFileSync(new URL(file, folder), "ascii")]));

test("every vector is answered as expected", answeredAsExpected);

test("and again when every key that a vector names is known in advance", () => {
  const precomputed = precomputeKeys(api, [...texts.values()].join("\n"), Infinity);
  assert.ok(precomputed > 10, `only ${precomputed} keys`);
  answeredAsExpected();
});

function answeredAsExpected() {
  let count = 0;
  const left = new Map();
  for (const [file, text] of texts) {
    for (const record of parse(text)) {
      const reason = notApplicable(record);
      if (reason !== undefined) {
        left.set(reason, (left.get(reason) ?? 0) + 1);
        continue;
      }
      const answer = run(api, record);
      assert.ok(same(record.outputs, answer), `${file}: ${record.name}\nexpected ${record.outputs}\nanswered ${answer}`);
      count += 1;
    }
  }
  assert.ok(count > 550, `only ${count} vectors`);
  // Named, so that none is left out unnoticed.
  assert.deepEqual(Object.fromEntries(left), {
    "a buffer of a given size: JavaScript's grow": 12,
    "a ledger that was emptied at an unknown time: JavaScript knows the time": 2,
  });
}
