/**
 * AgentID tokens: passports for AI agents, verified by the same core as on every other platform.
 *
 * Times are Unix seconds, keys are 32 bytes or the same in hexadecimal, tokens are bytes or text: base64url, base64 or
 * hexadecimal. A refusal throws an {@link AgentIdError}; an argument of the wrong type throws a `TypeError`, one out of
 * range a `RangeError`, unless `SPEC.md` has a code for it.
 *
 * Options are plain objects. Only their own properties are used, and each is read once. An
 * inherited value, a getter, an unknown name, a `Map` or an instance of a class is never taken for
 * an option.
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
  /**
   * Whether a caller may be told this code. The others depend on the keys that the verifier trusts
   * and revokes: answer one generic 401 for all of them, and log the code.
   */
  readonly disclosable: boolean;
  /**
   * Whether the signature of a trusted issuer was good. If so, a log may name the agent; otherwise
   * only the key that the token claims.
   */
  readonly signatureHeld: boolean;
  private constructor();
  /**
   * The refusal with this code, such as one that a store answered. An unknown code has the name
   * `unknown` and status 500.
   */
  static fromCode(code: number): AgentIdError;
}

/** What a token says. */
export interface TokenFields {
  readonly name: string;
  readonly project: string;
  /** The scopes that the token asks for. They permit nothing: `permits` of verified claims does. */
  readonly requestedScopes: readonly string[];
  /** Unix seconds; exact up to 2^53. */
  readonly issuedAt: number;
  /** The first second at which the token is no longer valid, in Unix seconds; exact up to 2^53. */
  readonly expiresAt: number;
  /** `undefined` is unlimited. */
  readonly maxCalls: number | undefined;
  /** 16 hexadecimal digits. */
  readonly tokenId: string;
  /** The key that it names as its issuer. */
  readonly issuer: Uint8Array;
  /** The short form of that key, for people and logs: `ag:sha256:...`. */
  readonly fingerprint: string;
}

/**
 * Reads a token. **Nobody has verified it**: whoever wrote it chose what it says, so it permits
 * nothing.
 */
export function parseToken(token: TokenInput): TokenFields;

/**
 * The claims of a token that a trusted issuer signed. Only {@link verifyToken}, a {@link Verifier}
 * and a {@link Gate} make it.
 */
export interface Claims extends TokenFields {
  /**
   * The scopes that the issuer may grant at most, by the trust bundle of the gate; `undefined`
   * without a gate.
   */
  readonly ceiling: readonly string[] | undefined;
  /**
   * Returns whether a requested scope covers this one, and the ceiling does if there is one. No
   * other property permits a call.
   */
  permits(scope: string): boolean;
}

/** What is known of the time, where it is not simply `now`. */
export type Clock = { known: Seconds } | { atLeast: Seconds } | "unknown";

export interface ClockOptions {
  /** Default: the time of the call. */
  now?: Seconds;
  /** In place of `now`. */
  clock?: Clock;
}

/** The limits that a verifier or a gate puts on every token. */
export interface Policy {
  /** How far `issuedAt` may lie ahead; default 30. */
  clockSkewSeconds?: number;
  /** The longest lifetime accepted; default 86,400. */
  maxLifetimeSeconds?: number | bigint;
  /**
   * The longest token accepted, in bytes; default 4,096, at most 65,921. A text may have twice as
   * many characters.
   */
  maxTokenLength?: number;
  /**
   * How much of the time must be known; default `require-known`. A clock that knows less is refused
   * (31).
   */
  timePolicy?: "require-known" | "allow-lower-bound" | "allow-unknown";
}

export interface VerifyOptions extends Policy, ClockOptions {}

/**
 * Verifies a token: structure, trust, lifetime, time, signature. It binds no name to a key, counts
 * no use and knows no revocation: a {@link Gate} does. Of the trusted keys only the one that the
 * token names is decoded. Bytes of the right length that are no key never verify a token (16).
 */
export function verifyToken(token: TokenInput, trusted: KeyInput | readonly KeyInput[], options?: VerifyOptions): Claims;

/**
 * {@link verifyToken} for many tokens: it keeps the keys, and refuses a bad one when it is made
 * (17).
 */
export class Verifier {
  constructor(keys: KeyInput | readonly KeyInput[], policy?: Policy);
  verify(token: TokenInput, options?: ClockOptions): Claims;
}

/** Bytes out of text; it does not look at what they mean. */
export function decodeToken(text: string): Uint8Array;

/** Bytes as base64url, for a header. */
export function encodeToken(token: Uint8Array): string;

/**
 * The text in `AgentID <text>` or `Bearer <text>`, the value of an `Authorization` header. A
 * missing or empty value (61), another scheme (62) and a malformed value (19) are three refusals.
 */
export function authorizationText(value: string | null | undefined): string;

/** The token in `AgentID <text>` or `Bearer <text>`. */
export function authorizationToken(value: string | null | undefined): Uint8Array;

/** Whether a granted scope covers a required one. It says nothing about who granted it. */
export function scopeCovers(granted: string, required: string): boolean;

/** The short form of a key; throws where the bytes are no key that may be trusted. */
export function keyFingerprint(key: KeyInput): string;

/**
 * Prepares for an issuer that is known in advance: in `agentid-wasm/builtin`, its tokens are then
 * checked in 0.4 to 0.7 of the time, by everything but gates that were made before. It takes as
 * long as some thirty checks and 12 KB, for good: it is meant for a few dozen keys. Again it does
 * nothing. `agentid-wasm` itself only checks the key. It trusts nobody.
 */
export function precomputeIssuer(key: KeyInput): void;

export interface MintOptions {
  scopes: readonly string[];
  /** Default 900, at most 86,400. */
  ttlSeconds?: number | bigint;
  /** Default 0, which is unlimited. */
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
   * The same name, project and seed give the same key everywhere. The seed is 32 random bytes that
   * stay secret. Fewer than 16 are refused (63). **Without a seed the key is no secret**: name and
   * project stand in every token, and a reader of one can derive it. Text is taken as UTF-8.
   */
  static derive(name: string, project: string, seed?: Uint8Array | string): AgentIdentity;
  /**
   * The same with a seed of any length, even one that can be guessed: for identities that exist
   * already.
   */
  static deriveWithWeakSeed(name: string, project: string, seed: Uint8Array | string): AgentIdentity;
  /** From an Ed25519 secret key: the 32-byte seed of RFC 8032, section 5.1.5. */
  static fromSecret(name: string, project: string, secret: KeyInput): AgentIdentity;
  readonly name: string;
  readonly project: string;
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
  mintToken(options: MintOptions): Uint8Array;
}

/**
 * What is stored of the bundle in force. Spread into the options of a gate at the next start, it keeps
 * older bundles and other next authorities out, and a hand-over in force.
 */
export interface TrustState {
  /** 64 hexadecimal digits. */
  readonly authority: string;
  readonly nextAuthority: string | undefined;
  readonly newest: { readonly epoch: bigint; readonly digest: string };
}

/** A bundle of the next authority that may take over. Nothing of it is in force yet. */
export interface HandOver {
  /** Store it first: otherwise the old authority is back after a restart, with whoever has its key. */
  readonly state: TrustState;
  /**
   * Puts the bundle in force. `stored` is the state as the storage holds it now; another one is
   * refused (41). A bundle past its `notAfter` is in force nevertheless and trusts nobody: that is
   * answered with 44.
   */
  adopt(stored: { authority: KeyInput; nextAuthority?: KeyInput | undefined; newest: BundleVersion }): void;
}

/** Names one bundle of an authority. */
export interface BundleVersion {
  readonly epoch: number | bigint;
  /** SHA-256 of all its bytes: 32 bytes, or 64 hexadecimal digits. */
  readonly digest: KeyInput;
}

/**
 * Counts in memory. `slots` is the number of tokens that are counted exactly at a time, at 32 bytes
 * each; 36 refuses a new token when all of them are in use. `maxSlotsPerIssuer` is the number of them
 * that one issuer may use, so that it cannot fill the ledger for all others; it takes 24 bytes more
 * for each slot. `window` makes a replay filter, for a window in seconds: it refuses the second use of
 * every token, and mistakes a new one for a used one in 5 % of all cases if a window has half as many
 * tokens as it has `bytes`, by default 2,048. A size that there is no memory for is a `RangeError`.
 *
 * A budget holds per ledger: eight workers with one each admit eight budgets.
 */
export type Ledger = ({ slots: number; maxSlotsPerIssuer?: number } | { window: number; bytes?: number }) & {
  /**
   * The time since which the ledger has counted. `"beginning"`: it knows every use, which is true
   * only at the first start ever for a ledger in memory. Unix seconds: it was empty at that time,
   * and tokens issued before it plus the clock skew and one second are refused (30).
   */
  since: "beginning" | Seconds;
};

export interface GateOptions extends ClockOptions, Policy {
  /** Whom to trust, signed by the authority: see {@link signBundle}. */
  bundle: Uint8Array;
  /** The authority's key, pinned. */
  authority: KeyInput;
  /**
   * The newest bundle seen so far: an older one, or another one of the same epoch, is refused (43).
   */
  newest?: BundleVersion;
  /** The key that may take over from the authority, as stored: another one is refused (40). */
  nextAuthority?: KeyInput | undefined;
  /**
   * The ledger that counts uses. Without one they are counted elsewhere, and only {@link
   * Gate.check} answers.
   */
  ledger?: Ledger;
  /**
   * Refuses tokens issued before this time, in Unix seconds. For counts that were lost elsewhere:
   * the time of the loss plus the skew plus 1.
   */
  notIssuedBefore?: Seconds;
  /**
   * What uses are counted against; default `budget`. `single-use` refuses the second use of every
   * token.
   */
  counting?: "budget" | "single-use";
}

/** What a gate must know of the call that a token is presented for. */
export interface Call {
  /**
   * The scopes that the call needs, all of them. With none, `check` only says who is calling;
   * `admit` still counts.
   */
  scopes: readonly string[];
}

/** A call that may pass. */
export interface Admitted {
  readonly claims: Claims;
  /** `undefined` is unlimited. */
  readonly callsLeft: number | undefined;
}

/**
 * One use to be counted, of a token or of its issuer's quota: the limit, and the time until which the
 * count is kept.
 */
export interface Demand {
  /**
   * The kind of count. Uses are counted per kind, `issuer` and `tokenId`; different kinds do not
   * share a count.
   */
  readonly kind: "token" | "quota";
  /** 64 hexadecimal digits. */
  readonly issuer: string;
  /** 16 hexadecimal digits: the token's id, or the number of the quota's window. */
  readonly tokenId: string;
  /** How many uses there may be in all; `undefined` is unlimited and need not be counted. */
  readonly limit: number | undefined;
  /**
   * The token's own expiry, or the end of the quota's window, in Unix seconds. A store refuses (37) if it is not after the latest
   * expiry that the store has forgotten.
   */
  readonly expiresAt: number;
  /** Unix seconds from which on the count may be forgotten: expiry plus the clock skew. */
  readonly retainUntil: number;
}

/**
 * A token that passed every check, whose use has not been counted yet. It names the caller. No call
 * may pass because of it.
 */
export interface Uncounted {
  /** The caller, for a log line or a rate limit. It is no admission. */
  readonly claims: Claims;
  /** The uses that a store must count, all or none: of the token, then of the quota if there is one. */
  readonly demands: readonly Demand[];
  /**
   * Admits the call, given how many uses were counted before this one for each of the demands, in
   * their order. The store must have counted this use in the same step. Once.
   */
  admit(earlierUses: readonly number[]): Admitted;
}

/** Who may pass: which key may speak for which agent, with which scopes, until when, how often. */
export class Gate {
  constructor(options: GateOptions);
  /** What is to be stored of the bundle in force, for the options at the next start. */
  readonly state: TrustState;
  /** The bundle in force. */
  readonly version: { readonly epoch: bigint; readonly digest: string };
  /**
   * Puts a bundle of a higher epoch in force, or the same bytes again. If it is refused, the old
   * one stays. A bundle dated ahead of a known clock is refused (47).
   */
  setBundle(bundle: Uint8Array, options?: ClockOptions): void;
  /** Checks a bundle of the next authority, which {@link setBundle} refuses (41). */
  prepareHandOver(bundle: Uint8Array, options?: ClockOptions): HandOver;
  /** Decides whether a call may pass, and counts it in the ledger of this gate. */
  admit(token: TokenInput, call: Call, options?: ClockOptions): Admitted;
  /** Decides everything but the count. No call may pass before {@link Uncounted.admit}. */
  check(token: TokenInput, call: Call, options?: ClockOptions): Uncounted;
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
  /** Its tokens must name their audience. Those of version 1 have none, and are refused (52). */
  audienceRequired?: boolean;
  /** What its tokens must be bound to; default `none`. Those of version 1 are refused otherwise (54). */
  leafBinding?: "none" | "any" | "payload" | "challenge";
  /** How many grants may follow: 0, the default, to 4. */
  depth?: number;
  /** At most so many calls in each window of so many seconds, 86,400 at most (60). */
  quota?: Quota;
}

/** A number of calls in each window of time. The windows begin at multiples of `seconds`. */
export interface Quota {
  calls: number;
  seconds: number;
}

export interface BundleOptions {
  /** 32 bytes that nobody else has. */
  authoritySecret: KeyInput;
  /** Each bundle that is published has a higher one. */
  epoch: number | bigint;
  /**
   * The time of signing, in Unix seconds. More than 30 seconds ahead is refused (47): most often
   * these are milliseconds. After `notAfter` is refused as well (11).
   */
  issuedAt: Seconds;
  /** The last second at which the bundle trusts anybody. */
  notAfter: Seconds;
  issuers?: readonly Issuer[];
  /** The key that may take over. Gates that have seen one refuse every bundle that names another. */
  nextAuthority?: KeyInput;
  revokedIssuers?: readonly KeyInput[];
  revokedTokens?: readonly { issuer: KeyInput; tokenId: string | bigint }[];
  /** The time that `issuedAt` is compared with, in Unix seconds; default: the time of the call. */
  now?: Seconds;
  /**
   * Signs a bundle even if it is dated ahead. Gates that know the time refuse it until then.
   */
  allowDatedAhead?: boolean;
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
  options: ClockOptions & {
    authority: KeyInput;
    newest?: BundleVersion;
    nextAuthority?: KeyInput | undefined;
    clockSkewSeconds?: number;
  },
): {
  epoch: bigint;
  digest: string;
  issuedAt: number;
  notAfter: number;
  issuers: number;
  revocations: number;
  /** 64 hexadecimal digits. */
  nextAuthority: string | undefined;
  /** One for each issuer, in the order of the keys. */
  limits: {
    key: string;
    audienceRequired: boolean;
    leafBinding: "none" | "any" | "payload" | "challenge";
    depth: number;
    quota: Quota | undefined;
  }[];
};
