// Compiled, and run as well: the examples of the README, and that wrong uses do not compile.

import { AgentIdentity, AgentIdError, Gate, Verifier, authorityPublicKey, authorizationText } from "agentid-wasm";
import { parseToken, signBundle, verifyToken } from "agentid-wasm";

const agent = AgentIdentity.derive("research-bot", "phd-lab", crypto.getRandomValues(new Uint8Array(32)));
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
const pinned = authorityPublicKey(authority);
const gate = new Gate({ bundle, authority: pinned, ledger: { slots: 1000, since: "beginning" } });
const left: number | undefined = gate.admit(token, { scopes: ["read:arxiv"] }).callsLeft;
if (left !== 1) throw new Error(`${left} calls left`);
const again = new Gate({ bundle, authority: pinned, newest: gate.version });
const uncounted = again.check(token, { scopes: ["read:arxiv"] });
const [demand] = uncounted.demands;
if (demand?.limit !== 2 || demand.retainUntil !== demand.expiresAt + 30) throw new Error("the demand");
if (uncounted.claims.name !== "research-bot" || uncounted.admit([1]).callsLeft !== 0) throw new Error("the count");
const limit: number | undefined = uncounted.claims.maxCalls;
if (limit !== 2) throw new Error(`${limit}`);

const verifier = new Verifier([agent.publicKey], { maxLifetimeSeconds: 3_600, timePolicy: "allow-lower-bound" });
if (verifier.verify(token, { clock: { atLeast: 0 } }).name !== name) throw new Error("at least");
const requested: readonly string[] = verifier.verify(token).requestedScopes;
if (requested.length !== 2) throw new Error(`${requested}`);

const headers: { authorization?: string } = {};
try {
  authorizationText(headers.authorization);
} catch (error) {
  if (!(error instanceof AgentIdError) || error.code !== 61 || !error.disclosable) throw error;
}

// @ts-expect-error A token that nobody has verified permits nothing.
parseToken(token).permits;
// @ts-expect-error An identity comes from derive or fromSecret.
const made = () => new AgentIdentity("research-bot", "phd-lab");
// @ts-expect-error A ledger says since when it has counted.
const sized = () => new Gate({ bundle, authority: "", ledger: { slots: 8 } });
// @ts-expect-error A call says what its list is a list of.
const listed = () => gate.admit(token, ["read:arxiv"]);
// @ts-expect-error Nor is a call without scopes one.
const empty = () => gate.check(token, {});
// @ts-expect-error What is not counted yet has no calls left.
uncounted.callsLeft;
void listed;
void empty;
void made;
void sized;
