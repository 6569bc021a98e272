// Every vector, in workerd.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inWorkerd } from "./in-workerd.mjs";

test("every vector is answered in workerd as expected", async () => {
  const folder = new URL("../../../tests/vectors/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  const texts = Object.fromEntries(files.map((file) => [file, readFileSync(new URL(file, folder), "ascii")]));
  const { count, failures } = JSON.parse(await inWorkerd("./vectors-worker.mjs", JSON.stringify(texts)));
  assert.deepEqual(failures, []);
  assert.ok(count > 550, `only ${count}`);
});
