// Compiled, and run as well: the examples of the README, and that wrong uses do not compile.

import { AgentIdentity, AgentIdError, Gate, authorityPublicKey, parseToken, signBundle, verifyToken } from "agentid-wasm";

const agent = AgentIdentity.derive("research-bot", "phd-lab", "32 random bytes, kept in a vault");
const token = agent.mintToken({ scopes: ["read:arxiv", "write:notes"], ttlSeconds: 900, maxCalls: 2 });
const claims = verifyToken(token, agent.publicKey);
const name: string = claims.name;
if (name !== "research-bot" || !claims.permits("read:arxiv") || claims.permits("write:arxiv")) throw new Error(name);

try {
  verifyToken(token, agent.publicKey, { now: claims.expiresAt });
} catch (error) {
  if (!(error instanceof AgentIdError) || error.code !== 14 || error.status !== 401) throw error;
}

const authority = new Uint8Array(32).fill(7);
const bundle = signBundle({
  authoritySecret: authority,
  epoch: 1,
  issuedAt: claims.issuedAt,
  notAfter: claims.issuedAt + 86_400,
  issuers: [{ key: agent.publicKey, name: "research-bot", project: "phd-lab", ceiling: ["read:*"] }],
});
const gate = new Gate({ bundle, authority: authorityPublicKey(authority), ledger: { slots: 1024 } });
const left: number | undefined = gate.admit(token, ["read:arxiv"]).callsLeft;
if (left !== 1) throw new Error(`${left} calls left`);

// @ts-expect-error A token that nobody has verified permits nothing.
parseToken(token).permits;
// @ts-expect-error An identity comes from derive or fromSecret.
const made = () => new AgentIdentity("research-bot", "phd-lab");
// @ts-expect-error There is no ledger of that size.
const sized = () => new Gate({ bundle, authority: "", ledger: { slots: 3 } });
void made;
void sized;
