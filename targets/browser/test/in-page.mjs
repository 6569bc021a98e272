// Runs a function in the page, beside the package and a module of `tests/js/`.

import { serve } from "../serve.mjs";
import { chromium } from "./chromium.mjs";

/** What `run` returns in the page, which is given `given` and can import `/agentid/inline.js` and `/NAME`. */
export async function inPage(name, run, given) {
  const server = await serve({ extra: { [`/${name}`]: new URL(`../../../tests/js/${name}`, import.meta.url) } });
  const { browser, close } = await chromium();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    return await page.evaluate(run, given);
  } finally {
    await close();
    await server.close();
  }
}
