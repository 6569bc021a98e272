// The Worker with handlers and a tool that throw, and with a Durable Object that can fail.

import { AgentIdError } from "agentid-wasm";
import { AgentIdError as Theirs } from "another-copy-of-agentid-wasm";
import { agentid } from "../src/agentid.js";
import app from "../src/index.js";
import { UsageLedger as Reliable } from "../src/ledger.js";
import { TOOLS } from "../src/tools.js";


/**
 * Does not say which bundle is the newest while KV has the key `outage`; says so late of the epoch
 * in `late`.
 */
export class UsageLedger extends Reliable {
  async newestBundle(seen) {
    if ((await this.env.TRUST.get("outage")) !== null) throw new Error("an outage");
    const newest = await super.newestBundle(seen);
    if (seen !== undefined && (await this.env.TRUST.get("late")) === `${seen.epoch}`) {
      await new Promise((resolve) => setTimeout(resolve, 8_000));
    }
    return newest;
  }
}

const THROWN = {
  string: () => "a secret",
  error: () => new Error("a secret"),
  async: async () => Promise.reject(new Error("a secret")),
  ours: () => AgentIdError.fromCode(33),
  theirs: () => {
    const error = Theirs.fromCode(33);
    if (error instanceof AgentIdError) throw new Error("it is the same copy");
    return error;
  },
  pretended: () => Object.assign(new Error("a secret"), { code: 33, name: "scope-above-ceiling", status: 200, disclosable: true }),
  unknown: () => Object.assign(new Error("a secret"), { code: 200, name: "custom", status: 200, disclosable: true }),
};

for (const [name, thrown] of Object.entries(THROWN)) {
  app.get(`/throws/${name}`, agentid("reports:read"), async () => {
    throw await thrown();
  });
}
TOOLS.push({
  name: "throws",
  scope: "tools:arxiv:search",
  description: "Throws",
  input: {},
  run: () => {
    throw new Error("a secret");
  },
});

export default app;
