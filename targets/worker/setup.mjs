// For the first steps: an authority, an agent that it trusts, and a token. What must stay secret goes to `secrets.json`.

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { AgentIdentity, authorityPublicKey, encodeToken, signBundle } from "agentid-wasm";

const secret = () => randomBytes(32).toString("hex");
const secrets = { authority: secret(), agent: secret() };
writeFileSync("secrets.json", JSON.stringify(secrets), { mode: 0o600, flag: "wx" });

const agent = AgentIdentity.fromSecret("research-bot", "phd-lab", secrets.agent);
const now = Math.floor(Date.now() / 1000);
const bundle = signBundle({
  authoritySecret: secrets.authority,
  epoch: 1,
  issuedAt: now,
  notAfter: now + 30 * 86_400,
  issuers: [{ key: agent.publicKey, name: "research-bot", project: "phd-lab", ceiling: ["tools:*:*", "reports:read"] }],
});
writeFileSync("bundle", bundle);

const token = agent.mintToken({ scopes: ["reports:read", "tools:arxiv:search"], maxCalls: 10, ttlSeconds: 3600 });
console.log(`AUTHORITY=${Buffer.from(authorityPublicKey(secrets.authority)).toString("hex")}`);
console.log(`TOKEN=${encodeToken(token)}`);
