// Everything that is public.

export { authorityPublicKey, checkIssuers, readBundle, signBundle } from "./bundle.js";
export { AgentIdError } from "./errors.js";
export { Gate } from "./gate.js";
export { AgentIdentity } from "./identity.js";
export {
  authorizationText,
  authorizationToken,
  decodeToken,
  encodeToken,
  keyFingerprint,
  parseToken,
  precomputeIssuer,
  scopeCovers,
  Verifier,
  verifyToken,
} from "./tokens.js";
