// Answers the demo's question, on standard input, in Chromium.

import { stdin } from "node:process";
import { text } from "node:stream/consumers";
import { serve } from "../serve.mjs";
import { chromium } from "./chromium.mjs";

const answers = new URL("../../../wasm/test/answer.mjs", import.meta.url);
const server = await serve({ extra: { "/answer.mjs": answers } });
const { browser, close } = await chromium();
try {
  const page = await browser.newPage();
  await page.goto(server.url);
  const lines = await page.evaluate(async (question) => {
    const api = await import("/agentid/inline.js");
    const { answer } = await import("/answer.mjs");
    return answer(api, question);
  }, JSON.parse(await text(stdin)));
  console.log(lines);
} finally {
  await close();
  await server.close();
}
