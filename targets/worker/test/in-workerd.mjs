// Asks a Worker of this folder one question.

import { Miniflare } from "miniflare";
import { bundle } from "./build.mjs";

/** The text that the Worker `entry` answers to this body. */
export async function inWorkerd(entry, body) {
  const modules = await bundle(entry);
  const miniflare = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: "2026-07-01" });
  try {
    return await (await miniflare.dispatchFetch("http://question/", { method: "POST", body })).text();
  } finally {
    await miniflare.dispose();
  }
}
