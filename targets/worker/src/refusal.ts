// What a caller gets who may not pass: a problem in JSON (RFC 9457) with the code that is the same on every platform.

import { AgentIdError } from "agentid-wasm";

/** A refusal of the Worker itself; its codes are 230 and above. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

/** Status, code, name and sentence of whatever was thrown; what nobody expected says nothing of itself. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof AgentIdError) return new Refusal(error.status, error.code, error.name, error.message);
  console.error(error instanceof Error ? error.name : typeof error);
  return new Refusal(500, 239, "internal", "the call could not be decided");
}

export function problem({ status, code, name, message }: Refusal): Response {
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (status === 401) headers.set("www-authenticate", `AgentID error="${name}"`);
  return new Response(JSON.stringify({ type: "about:blank", title: name, status, code, name, detail: message }), { status, headers });
}
