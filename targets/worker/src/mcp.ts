// A tool server (Model Context Protocol, streamable HTTP) in which every call carries a passport: the list shows what its
// scopes allow, each call is checked and counted, and the log line names the agent.

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { admit, identify, log } from "./agentid.js";
import type { Env } from "./env.js";
import { problem, refusalOf } from "./refusal.js";
import { TOOLS } from "./tools.js";

/** Answers one HTTP request. Nothing is kept between requests: a passport is good for its own request only. */
export async function mcp(request: Request, env: Env): Promise<Response> {
  let claims: Awaited<ReturnType<typeof identify>>;
  try {
    claims = await identify(request, env);
  } catch (error) {
    const refusal = refusalOf(error);
    log("mcp", [], refusal);
    return problem(refusal);
  }
  const server = new McpServer({ name: "agentid-worker", version: "0.1.0" });
  for (const tool of TOOLS.filter(({ scope }) => claims.permits(scope))) {
    server.registerTool(tool.name, { description: tool.description, inputSchema: tool.input }, async (input) => {
      try {
        const admitted = await admit(request, env, [tool.scope]);
        log(`tool ${tool.name}`, [tool.scope], admitted.claims);
        return { content: [{ type: "text", text: tool.run(input) }] };
      } catch (error) {
        const refusal = refusalOf(error);
        log(`tool ${tool.name}`, [tool.scope], refusal);
        return { isError: true, content: [{ type: "text", text: `refused: ${refusal.code} ${refusal.name}: ${refusal.message}` }] };
      }
    });
  }
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  return transport.handleRequest(request);
}
