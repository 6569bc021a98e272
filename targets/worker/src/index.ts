// An example Worker: a route behind a scope, verification for callers without the package, a tool
// server.

import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { routePath } from "hono/route";
import type { Claims } from "agentid-wasm";
import { agentid, whoClaims, whoIs } from "./agentid.js";
import type { Env } from "./env.js";
import { logRefused } from "./log.js";
import { mcp } from "./mcp.js";
import { problem, Refusal, refusalOf } from "./refusal.js";
import { verify } from "./verify.js";

export { UsageLedger } from "./ledger.js";

const MAX_BODY_LENGTH = 256 * 1024;

const app = new Hono<{ Bindings: Env }>();

// Hono hands errors to `onError`, and anything else that is thrown past it.
app.use(async (_, next) => {
  try {
    await next();
  } catch (thrown) {
    throw Object.assign(new Error(), { name: typeof thrown });
  }
});

app.use(bodyLimit({ maxSize: MAX_BODY_LENGTH, onError: (context) => refuse(context, 413, 232, "body-too-large", "the body is longer than 256 KB") }));

// Copy this: the scopes go here, the claims come out there.
app.get("/reports/:name", agentid("reports:read"), (context) => {
  const { name, fingerprint } = context.get("claims");
  return context.json({ report: context.req.param("name"), agent: name, fingerprint, callsLeft: context.get("callsLeft") ?? null });
});

app.post("/verify", (context) => verify(context.req.raw, context.env, "POST /verify"));

// No stream to listen on: a token is good for its own request only.
app.post("/mcp", (context) => mcp(context.req.raw, context.env));

for (const path of ["/verify", "/mcp"]) {
  app.all(path, (context) => {
    const answer = refuse(context, 405, 234, "method-not-allowed", "POST only");
    answer.headers.set("allow", "POST");
    return answer;
  });
}

app.notFound((context) => refuse(context, 404, 233, "not-found", "there is nothing here"));

// A handler threw. If there are claims, its call had been admitted.
app.onError((error, context) => {
  const claims = context.get("claims" as never) as Claims | undefined;
  const refusal = refusalOf(error).of(claims === undefined ? whoClaims(context.req.raw) : whoIs(claims));
  logRefused(claims === undefined ? "refused" : "failed", { what: whatOf(context) }, refusal);
  return problem(refusal);
});

/** Refuses a request before a gate has looked at it. */
function refuse(context: Context, status: number, code: number, name: string, message: string): Response {
  const refusal = new Refusal(status, code, name, message, { who: whoClaims(context.req.raw) });
  logRefused("refused", { what: whatOf(context) }, refusal);
  return problem(refusal);
}

/** Method and pattern of the route. A path is text of the caller, and is not logged. */
function whatOf(context: Context): string {
  return `${context.req.method} ${routePath(context, -1)}`;
}

export default app;
