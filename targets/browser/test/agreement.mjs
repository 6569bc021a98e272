// Answers the vectors on standard input, in Chromium.

import { text } from "node:stream/consumers";
import { inPage } from "./in-page.mjs";

const answers = async (questions) => {
  const api = await import("/agentid/inline.js");
  const { printed } = await import("/vectors.mjs");
  return printed(api, questions);
};
process.stdout.write(await inPage("vectors.mjs", answers, await text(process.stdin)));
