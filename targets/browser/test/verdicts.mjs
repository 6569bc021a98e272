// Answers the vectors on standard input, in Chromium.

import { readFileSync } from "node:fs";
import { serve } from "../serve.mjs";
import { chromium } from "./chromium.mjs";

// Read before anything else runs: afterwards reading it may not wait.
const questions = readFileSync(0, "utf8");
const vectors = new URL("../../../wasm/test/vectors.mjs", import.meta.url);
const server = await serve({ extra: { "/vectors.mjs": vectors } });
const { browser, close } = await chromium();
try {
  const page = await browser.newPage();
  await page.goto(server.url);
  const answers = await page.evaluate(async (text) => {
    const api = await import("/agentid/inline.js");
    const { printed } = await import("/vectors.mjs");
    return printed(api, text);
  }, questions);
  process.stdout.write(answers);
} finally {
  await close();
  await server.close();
}
