/**
 * AgentID tokens: passports for AI agents, verified by the same core as on every other platform.
 *
 * Times are Unix seconds, keys are 32 bytes or the same in hexadecimal, tokens are bytes or text: base64url, base64 or
 * hexadecimal. A refusal throws an {@link AgentIdError}; an argument of the wrong type throws a `TypeError`, one out of
 * range a `RangeError`.
 */

/** A token as bytes, or as text in base64url, base64 or hexadecimal. */
export type TokenInput = Uint8Array | string;

/** 32 bytes, or 64 hexadecimal digits. */
export type KeyInput = Uint8Array | string;

/** Unix seconds, an integer of up to 64 bits. */
export type Seconds = number | bigint;

/** A refusal, with the code that is the same on every platform. */
export class AgentIdError extends Error {
  /** The stable number of `SPEC.md`. */
  readonly code: number;
  /** The stable name, such as `bad-signature`. */
  readonly name: string;
  /** The HTTP status that suits it: 401, 403, 429, 500 or 503. */
  readonly status: number;
}

/** What a token says. */
export interface TokenFields {
  readonly name: string;
  readonly project: string;
  readonly scopes: readonly string[];
  /** Unix seconds; exact up to 2^53. */
  readonly issuedAt: number;
  /** The first second at which the token is no longer valid, in Unix seconds; exact up to 2^53. */
  readonly expiresAt: number;
  /** 0 is unlimited. */
  readonly maxCalls: number;
  /** 16 hexadecimal digits. */
  readonly tokenId: string;
  /** The key that it names as its issuer. */
  readonly issuer: Uint8Array;
  /** The short form of that key, for people and logs: `ag:sha256:...`. */
  readonly fingerprint: string;
}

/** Reads a token. **Nobody has verified it**: whoever wrote it chose what it says, so it permits nothing. */
export function parseToken(token: TokenInput): TokenFields;

/** What a trusted issuer signed. Only {@link verifyToken} and a {@link Gate} make it. */
export interface Claims extends TokenFields {
  /** Whether a granted scope covers this one, and the issuer's ceiling does where there is one. */
  permits(scope: string): boolean;
}

export interface VerifyOptions {
  /** Default: the time of the call. */
  now?: Seconds;
  /** How far `issuedAt` may lie ahead; default 30. */
  clockSkewSeconds?: number;
  /** The longest lifetime accepted; default 86,400. */
  maxLifetimeSeconds?: number | bigint;
  /** The longest token accepted, in bytes; default 65,921. */
  maxTokenLength?: number;
}

/**
 * Verifies a token: structure, lifetime, trust, time, signature. It binds no name to a key, counts no use and knows no
 * revocation: that is what a {@link Gate} is for.
 */
export function verifyToken(token: TokenInput, trusted: KeyInput | readonly KeyInput[], options?: VerifyOptions): Claims;

/** Bytes out of text; it does not look at what they mean. */
export function decodeToken(text: string): Uint8Array;

/** Bytes as base64url, for a header. */
export function encodeToken(token: Uint8Array): string;

/** The text in `AgentID <text>`, the value of an `Authorization` header. */
export function authorizationText(value: string): string;

/** The token in `AgentID <text>`. */
export function authorizationToken(value: string): Uint8Array;

/** Whether a granted scope covers a required one. It says nothing about who granted it. */
export function scopeCovers(granted: string, required: string): boolean;

/** The short form of a key; throws where the bytes are no key that may be trusted. */
export function keyFingerprint(key: KeyInput): string;

/**
 * Prepares for an issuer that is known in advance: in `agentid-wasm/edge`, its tokens are then checked in less than half the time,
 * by everything but gates that were made before. It takes as long as some thirty checks and 12 KB, for good: it is meant for a few
 * dozen keys. Again it does nothing. `agentid-wasm` itself only checks the key. It trusts nobody.
 */
export function pinIssuer(key: KeyInput): void;

export interface MintOptions {
  scopes: readonly string[];
  /** Default 900, at most 86,400. */
  ttlSeconds?: number | bigint;
  /** Default 0: unlimited. */
  maxCalls?: number;
  /** Default: the time of the call. */
  now?: Seconds;
  /** 16 hexadecimal digits or a bigint; default: random. */
  tokenId?: string | bigint;
}

/** An agent that mints tokens. Its secret is in no property, and cannot be read back. */
export class AgentIdentity {
  private constructor();
  /**
   * The same name, project and seed give the same key everywhere. **Without a secret seed the key is no secret**: name
   * and project stand in every token, so whoever reads one can derive it. Text is taken as UTF-8.
   */
  static derive(name: string, project: string, seed?: Uint8Array | string): AgentIdentity;
  /** From an Ed25519 secret key: the 32-byte seed of RFC 8032, section 5.1.5. */
  static fromSecret(name: string, project: string, secret: KeyInput): AgentIdentity;
  readonly name: string;
  readonly project: string;
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
  mintToken(options: MintOptions): Uint8Array;
}

/** What is known of the time, where it is not simply `now`. */
export type Clock = { known: Seconds } | { atLeast: Seconds } | "unknown";

export interface ClockOptions {
  /** Default: the time of the call. */
  now?: Seconds;
  /** In place of `now`. */
  clock?: Clock;
}

export interface GateOptions extends ClockOptions {
  /** Whom to trust, signed by the authority: see {@link signBundle}. */
  bundle: Uint8Array;
  /** The authority's key, pinned. */
  authority: KeyInput;
  /** The highest epoch seen so far; a bundle below it is refused. */
  lowestEpoch?: number | bigint;
  /** Where uses are counted: this many tokens exactly, or a replay filter of so many seconds. Default: elsewhere. */
  ledger?: { slots: 2 | 8 | 1024 } | { window: number };
  clockSkewSeconds?: number;
  maxLifetimeSeconds?: number | bigint;
  maxTokenLength?: number;
  /** Refuses what was issued before; for a ledger that was lost, the time of that plus the skew plus 1. */
  notIssuedBefore?: Seconds;
  timePolicy?: "require-known" | "allow-lower-bound" | "allow-unknown";
  counting?: "budget" | "single-use";
}

/** A call that may pass. */
export interface Admitted {
  readonly claims: Claims;
  /** `undefined` is unlimited. */
  readonly callsLeft: number | undefined;
}

/** A call that may pass once its use has been counted elsewhere, in the same step as it is looked up. */
export interface Checked {
  readonly demand: {
    /** 64 hexadecimal digits; with `tokenId`, what uses are counted by. */
    readonly issuer: string;
    readonly tokenId: string;
    /** How many uses there may be in all; `undefined` is unlimited and need not be counted. */
    readonly limit: number | undefined;
    /** Unix seconds from which on the count may be forgotten. */
    readonly until: number;
  };
  /** Admits the call, given how many uses were counted before this one. Once. */
  admit(earlierUses: number): Admitted;
}

/** Who may pass: which key may speak for which agent, with which scopes, until when, how often. */
export class Gate {
  constructor(options: GateOptions);
  /** The epoch of the bundle in force. */
  readonly epoch: bigint;
  /** Puts a bundle in force whose epoch is not lower; the old one stays where it is refused. */
  setBundle(bundle: Uint8Array, options?: ClockOptions): void;
  /** Admits a call that needs all of these scopes, and counts it. */
  admit(token: TokenInput, scopes: readonly string[], options?: ClockOptions): Admitted;
  /** Decides everything but the count. */
  check(token: TokenInput, scopes: readonly string[], options?: ClockOptions): Checked;
}

/** Binds a key to the agent that it may speak for. */
export interface Issuer {
  key: KeyInput;
  name: string;
  project: string;
  /** The scopes it may grant at most; default: all. */
  ceiling?: readonly string[];
  maxLifetimeSeconds?: number;
  notBefore?: Seconds;
  notAfter?: Seconds;
  /** Trusts even a key that everybody can derive from name and project. */
  allowGuessable?: boolean;
}

export interface BundleOptions {
  /** 32 bytes that nobody else has. */
  authoritySecret: KeyInput;
  /** Each bundle that is published has a higher one. */
  epoch: number | bigint;
  issuedAt: Seconds;
  /** The last second at which the bundle trusts anybody. */
  notAfter: Seconds;
  issuers?: readonly Issuer[];
  revokedIssuers?: readonly KeyInput[];
  revokedTokens?: readonly { issuer: KeyInput; tokenId: string | bigint }[];
}

/** Signs a trust bundle: what an authority does, offline. */
export function signBundle(options: BundleOptions): Uint8Array;

/** Checks issuers as a trust set: malformed names, a key twice, a key that everybody can derive. */
export function checkIssuers(issuers: readonly Issuer[]): void;

/** The key that verifiers pin. */
export function authorityPublicKey(secret: KeyInput): Uint8Array;

/** Opens a bundle as a gate does, and says what is in it. */
export function readBundle(
  bundle: Uint8Array,
  options: ClockOptions & { authority: KeyInput; lowestEpoch?: number | bigint },
): { epoch: bigint; issuedAt: number; notAfter: number; issuers: number; revocations: number };
