// An example Worker: a route behind a scope, verification for callers without the package, and a tool server.

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { agentid, identify } from "./agentid.js";
import type { Env } from "./env.js";
import { mcp } from "./mcp.js";
import { problem, Refusal, refusalOf } from "./refusal.js";

export { UsageLedger } from "./ledger.js";

const app = new Hono<{ Bindings: Env }>();
const tooLarge = () => problem(new Refusal(413, 232, "body-too-large", "the body is longer than 256 KB"));

app.use(bodyLimit({ maxSize: 256 * 1024, onError: tooLarge }));

// Copy this: the scopes go here, the claims come out there.
app.get("/reports/:name", agentid("reports:read"), (context) => {
  const { name, fingerprint } = context.get("claims");
  return context.json({ report: context.req.param("name"), agent: name, fingerprint, callsLeft: context.get("callsLeft") ?? null });
});

// Who is calling, for callers without the package: the token in the header. No use is counted.
app.post("/verify", async (context) => {
  const { name, project, scopes, issuedAt, expiresAt, maxCalls, tokenId, fingerprint } = await identify(context.req.raw, context.env);
  return context.json({ name, project, scopes, issuedAt, expiresAt, maxCalls, tokenId, fingerprint });
});

// No stream to listen on: a passport is good for its own request only.
app.post("/mcp", (context) => mcp(context.req.raw, context.env));
app.all("/mcp", () => {
  const answer = problem(new Refusal(405, 234, "method-not-allowed", "POST only"));
  answer.headers.set("allow", "POST");
  return answer;
});
app.notFound(() => problem(new Refusal(404, 233, "not-found", "there is nothing here")));
app.onError((error) => problem(refusalOf(error)));

export default app;
