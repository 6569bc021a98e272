// Everything that is public.

export { AgentIdError } from "./errors.js";
export { authorityPublicKey, checkIssuers, Gate, readBundle, signBundle } from "./gate.js";
export { AgentIdentity } from "./identity.js";
export {
  authorizationText,
  authorizationToken,
  decodeToken,
  encodeToken,
  keyFingerprint,
  parseToken,
  pinIssuer,
  scopeCovers,
  verifyToken,
} from "./tokens.js";
