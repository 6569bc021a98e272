// Answers the vectors on standard input, in Chromium.

import { text } from "node:stream/consumers";
import { serve } from "../serve.mjs";
import { chromium } from "./chromium.mjs";

const questions = await text(process.stdin);
const vectors = new URL("../../../wasm/test/vectors.mjs", import.meta.url);
const server = await serve({ extra: { "/vectors.mjs": vectors } });
const { browser, close } = await chromium();
try {
  const page = await browser.newPage();
  await page.goto(server.url);
  const answers = await page.evaluate(async (asked) => {
    const api = await import("/agentid/inline.js");
    const { printed } = await import("/vectors.mjs");
    return printed(api, asked);
  }, questions);
  process.stdout.write(answers);
} finally {
  await close();
  await server.close();
}
