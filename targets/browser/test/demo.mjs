// Answers the demo's question, on standard input, in Chromium.

import { text } from "node:stream/consumers";
import { inPage } from "./in-page.mjs";

const answer = async (question) => {
  const api = await import("/agentid/inline.js");
  const { answer } = await import("/answer.mjs");
  return answer(api, question);
};
console.log(await inPage("answer.mjs", answer, JSON.parse(await text(process.stdin))));
