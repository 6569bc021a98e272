// What the same claims take as AgentID and as JSON Web Tokens.

const SIGNATURES = { EdDSA: 64, RS256: 256 };

/** How many characters so many bytes take, in base64url without padding. */
export const base64urlLength = (bytes) => Math.ceil((bytes * 4) / 3);

/** `{ label, bytes }` for each form. `fields` is what `parseToken` gives, `length` that of the token in bytes. */
export function sizes(fields, length) {
  return [
    { label: "AgentID", bytes: length },
    { label: "AgentID as base64url", bytes: base64urlLength(length) },
    { label: "EdDSA JWT", bytes: jwtLength("EdDSA", fields) },
    { label: "RS256 JWT", bytes: jwtLength("RS256", fields) },
  ];
}

export function jwtHeader(algorithm) {
  return { alg: algorithm, typ: "JWT" };
}

export function jwtPayload(fields) {
  return {
    iss: fields.fingerprint,
    sub: fields.name,
    project: fields.project,
    scope: fields.requestedScopes.join(" "),
    iat: fields.issuedAt,
    exp: fields.expiresAt,
    jti: fields.tokenId,
    max_calls: fields.maxCalls,
  };
}

function jwtLength(algorithm, fields) {
  const parts = [jsonLength(jwtHeader(algorithm)), jsonLength(jwtPayload(fields)), SIGNATURES[algorithm]];
  const dots = 2;
  return parts.map(base64urlLength).reduce((sum, part) => sum + part, dots);
}

const jsonLength = (value) => new TextEncoder().encode(JSON.stringify(value)).length;
