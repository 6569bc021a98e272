// A headless Chromium that is ended with what it started.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import puppeteer from "puppeteer-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--hide-scrollbars",
  "--remote-debugging-port=0",
];

/** Resolves to `{ browser, close }`. The binary is `$CHROMIUM`, or else that of Debian. */
export async function chromium() {
  const profile = mkdtempSync(join(tmpdir(), "agentid-page-"));
  const browser = await puppeteer.launch({
    executablePath: env.CHROMIUM ?? "/usr/bin/chromium",
    ignoreDefaultArgs: true,
    args: [...FLAGS, `--user-data-dir=${profile}`, "about:blank"],
  });
  const close = async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  return { browser, close };
}
