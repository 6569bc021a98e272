// The answer to a call that may not pass: a problem in JSON (RFC 9457) with a code that is the same
// on every platform.

import { AgentIdError } from "agentid-wasm";

/**
 * The names in a log line. A claimed fingerprint has a field of its own, because anybody can claim
 * any.
 */
export type Who =
  | { readonly agent: string; readonly project: string; readonly fingerprint: string }
  | { readonly claimedFingerprint: string }
  | Record<never, never>;

/** Details of a refusal beside its code. */
export interface RefusalDetails {
  /** Whether the caller may be told the code; default true. */
  readonly disclosable?: boolean;
  /** Whether the code shows that the signature of a trusted issuer held; default false. */
  readonly signatureHeld?: boolean;
  readonly who?: Who;
  /** The type of an error that was not expected. */
  readonly thrown?: string;
}

/** A refusal. Codes of 230 and above are the Worker's own; the others are those of SPEC.md. */
export class Refusal extends Error {
  readonly disclosable: boolean;
  readonly signatureHeld: boolean;
  readonly who: Who;
  readonly thrown: string | undefined;

  constructor(
    readonly status: number,
    readonly code: number,
    override readonly name: string,
    message: string,
    { disclosable = true, signatureHeld = false, who = {}, thrown }: RefusalDetails = {},
  ) {
    super(message);
    this.disclosable = disclosable;
    this.signatureHeld = signatureHeld;
    this.who = who;
    this.thrown = thrown;
  }

  /** The same refusal of a caller who is known by now. */
  of(who: Who): Refusal {
    const { status, code, name, message, disclosable, signatureHeld, thrown } = this;
    return new Refusal(status, code, name, message, { disclosable, signatureHeld, who, ...(thrown === undefined ? {} : { thrown }) });
  }

  /**
   * The refusal as the caller may read it: one generic 401 for all codes that are not disclosable.
   */
  get told(): Refusal {
    return this.disclosable ? this : new Refusal(401, 128, "unauthenticated", "this token is not accepted here");
  }
}

/**
 * Turns anything that was thrown into a refusal. The answer to an unexpected error contains none of
 * its text.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const known = knownError(error);
  if (known !== undefined) {
    const { status, code, name, message, disclosable, signatureHeld } = known;
    return new Refusal(status, code, name, message, { disclosable, signatureHeld });
  }
  const thrown = error instanceof Error ? error.name : typeof error;
  return new Refusal(500, 239, "internal", "the call could not be decided", { thrown: thrown.slice(0, 40) });
}

/**
 * Returns the error of the package, also if another copy of the package threw it: `instanceof`
 * knows one copy only. Of such an error only the code is used, and only if this copy has the same
 * name and status for it.
 */
export function knownError(error: unknown): AgentIdError | undefined {
  if (error instanceof AgentIdError) return error;
  if (!(error instanceof Error)) return undefined;
  const own = (name: string): unknown => Object.getOwnPropertyDescriptor(error, name)?.value;
  const code = own("code");
  if (typeof code !== "number" || !Number.isInteger(code) || code < 1 || code > 255) return undefined;
  const same = AgentIdError.fromCode(code);
  return own("name") === same.name && own("status") === same.status && own("disclosable") === same.disclosable ? same : undefined;
}

export function problem(refusal: Refusal): Response {
  const { status, code, name, message } = refusal.told;
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (status === 401) headers.set("www-authenticate", challenge(code, name));
  return new Response(JSON.stringify({ type: "about:blank", title: name, status, code, name, detail: message }), { status, headers });
}

/** Both schemes that are accepted. RFC 6750 has no error for a request without a bearer token. */
function challenge(code: number, name: string): string {
  const isWithoutToken = code === 61 || code === 62;
  return `AgentID realm="agentid", error="${name}", Bearer realm="agentid"${isWithoutToken ? "" : ', error="invalid_token"'}`;
}
