// A tool server (Model Context Protocol, streamable HTTP). Every request carries a token. The list
// shows the tools that its scopes permit, each call is checked and counted, and each message leaves
// one log line that names the agent.

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool as ToolOfList,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { type Caller, decide, identify, whoIs } from "./agentid.js";
import type { Env } from "./env.js";
import { invalidMessage, jsonObject, own } from "./json.js";
import { logPassed, logRefused } from "./log.js";
import { problem, Refusal, refusalOf, type Who } from "./refusal.js";
import { TOOLS, type Tool } from "./tools.js";

/** The methods that a log line names. Any other is text of the caller. */
const METHODS = ["initialize", "ping", "tools/list", "tools/call"];

/**
 * Answers one HTTP request. No state is kept between requests: a token is good for its own request
 * only.
 */
export async function mcp(request: Request, env: Env): Promise<Response> {
  let what = "mcp";
  let who: Who | undefined;
  try {
    const caller = await identify(request, env);
    who = whoIs(caller);
    const message = await messageOf(request);
    what = `mcp ${nameOf(message)}`;
    return await answer(request, env, caller, message, what);
  } catch (error) {
    const refusal = refusalOf(error);
    const named = who === undefined ? refusal : refusal.of(who);
    logRefused("refused", { what }, named);
    return problem(named);
  }
}

/**
 * Reads one request or notification. The server asks the client nothing, so it expects no
 * responses.
 */
async function messageOf(request: Request): Promise<Record<string, unknown>> {
  const message = await jsonObject(request);
  const method = message && own(message, "method");
  if (message === undefined || typeof method !== "string") throw invalidMessage("expected a request or a notification");
  if (own(message, "id") === undefined && !method.startsWith("notifications/")) throw invalidMessage("expected a request with an id");
  return message;
}

function nameOf(message: Record<string, unknown>): string {
  const method = String(own(message, "method"));
  if (METHODS.includes(method)) return method;
  return own(message, "id") === undefined ? "notification" : "(unknown method)";
}

async function answer(request: Request, env: Env, caller: Caller, message: object, what: string): Promise<Response> {
  // The call of a tool writes its own line. The SDK checks headers and parameters first, and may
  // not get there.
  let isLogged = false;
  // Not `McpServer`: it refuses unknown tools and invalid arguments itself, before any code that
  // could check and log.
  const server = new Server({ name: "agentid-worker", version: "0.1.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TOOLS.filter(({ scope }) => caller.wouldPermit(scope)).map(listed),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    isLogged = true;
    return call(request, env, caller, params.name, params.arguments ?? {});
  });
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  const response = await transport.handleRequest(request, { parsedBody: message });
  if (isLogged) return response;
  if (response.ok && !(await isError(response))) {
    logPassed("identified", { what }, whoIs(caller));
  } else {
    logRefused("refused", { what }, invalidMessage("the SDK refused the message").of(whoIs(caller)));
  }
  return response;
}

/** Decides about the call of a tool, counts it, writes the log line, and only then runs it. */
async function call(request: Request, env: Env, caller: Caller, name: string, given: object): Promise<CallToolResult> {
  const tool = TOOLS.find((tool) => tool.name === name);
  if (tool === undefined) {
    // Not counted: there is no scope that the gate could be asked about.
    const refusal = new Refusal(404, 236, "unknown-tool", "there is no such tool", { who: whoIs(caller) });
    logRefused("refused", { what: "tool (unknown)" }, refusal);
    throw new McpError(ErrorCode.InvalidParams, textOf(refusal));
  }
  const decision = { what: `tool ${tool.name}`, scopes: [tool.scope] };
  try {
    const { claims, callsLeft } = await decide(request, env, decision.scopes);
    const input = z.object(tool.input).safeParse(given);
    if (!input.success) throw invalidArguments(input.error).of(whoIs(claims));
    logPassed("admitted", { ...decision, callsLeft }, whoIs(claims));
    return run(tool, input.data, decision, whoIs(claims));
  } catch (error) {
    const refusal = refusalOf(error);
    logRefused("refused", decision, refusal);
    return { isError: true, content: [{ type: "text", text: textOf(refusal) }] };
  }
}

function run(tool: Tool, input: Record<string, unknown>, decision: { what: string; scopes: string[] }, who: Who): CallToolResult {
  try {
    return { content: [{ type: "text", text: tool.run(input) }] };
  } catch (error) {
    const refusal = refusalOf(error).of(who);
    logRefused("failed", decision, refusal);
    return { isError: true, content: [{ type: "text", text: textOf(refusal) }] };
  }
}

/** The call was counted: the gate had admitted it before its arguments were looked at. */
function invalidArguments(error: z.ZodError): Refusal {
  const [issue] = error.issues;
  const why = issue === undefined ? "" : `${issue.path.join(".")}: ${issue.message}`;
  return new Refusal(400, 237, "invalid-arguments", why.slice(0, 200));
}

function textOf(refusal: Refusal): string {
  const { code, name, message } = refusal.told;
  return `refused: ${code} ${name}: ${message}`;
}

function listed({ name, description, input }: Tool): ToolOfList {
  return { name, description, inputSchema: z.toJSONSchema(z.object(input), { io: "input" }) as ToolOfList["inputSchema"] };
}

/** Whether an answer with status 200 is an error of JSON-RPC. */
async function isError(response: Response): Promise<boolean> {
  if (response.status !== 200) return false;
  const body: unknown = await response.clone().json();
  return typeof body !== "object" || body === null || Object.hasOwn(body, "error");
}
