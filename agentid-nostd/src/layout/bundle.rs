//! Where every byte of a trust bundle lies, as in `SPEC.md`, "Trust bundle".

use super::{Field, PUBLIC_KEY_LEN};

/// First bytes of every bundle: other than a token's, so that no signature of one is ever one of
/// the other.
pub(crate) const MAGIC_BYTES: [u8; 2] = [0xA9, 0xB0];
/// The only version there is.
pub(crate) const VERSION_1: u8 = 1;
/// The only value the reserved flags may have.
pub(crate) const NO_FLAGS: u8 = 0;

/// Length of the fixed part at the beginning, in bytes.
pub(crate) const HEADER_LEN: usize = 108;
/// An entry of the index: key and offset of its record.
pub(crate) const INDEX_ENTRY_LEN: usize = PUBLIC_KEY_LEN + 4;
/// The fixed part of an issuer's record, before name, project and ceiling.
pub(crate) const RECORD_LEN: usize = 29;
/// A revoked token: issuer and token id.
pub(crate) const REVOKED_TOKEN_LEN: usize = PUBLIC_KEY_LEN + 8;

// In the header.
pub(crate) const MAGIC: Field<0, 2> = Field;
pub(crate) const VERSION: Field<2, 1> = Field;
pub(crate) const FLAGS: Field<3, 1> = Field;
pub(crate) const EPOCH: Field<4, 8> = Field;
pub(crate) const ISSUED_AT: Field<12, 8> = Field;
pub(crate) const NOT_AFTER: Field<20, 8> = Field;
pub(crate) const AUTHORITY: Field<28, PUBLIC_KEY_LEN> = Field;
pub(crate) const NEXT_AUTHORITY: Field<60, PUBLIC_KEY_LEN> = Field;
pub(crate) const ISSUER_COUNT: Field<92, 4> = Field;
pub(crate) const RECORDS_LEN: Field<96, 4> = Field;
pub(crate) const REVOKED_ISSUER_COUNT: Field<100, 4> = Field;
pub(crate) const REVOKED_TOKEN_COUNT: Field<104, 4> = Field;

// In an entry of the index.
pub(crate) const ENTRY_KEY: Field<0, PUBLIC_KEY_LEN> = Field;
pub(crate) const ENTRY_OFFSET: Field<PUBLIC_KEY_LEN, 4> = Field;

// In a record.
pub(crate) const MAX_LIFETIME: Field<0, 4> = Field;
pub(crate) const RECORD_NOT_BEFORE: Field<4, 8> = Field;
pub(crate) const RECORD_NOT_AFTER: Field<12, 8> = Field;
pub(crate) const RULES: Field<20, 1> = Field;
pub(crate) const QUOTA_CALLS: Field<21, 4> = Field;
pub(crate) const QUOTA_SECONDS: Field<25, 4> = Field;

/// Length of the state that a verifier stores, in bytes.
pub(crate) const STATE_LEN: usize = 104;

// In a state.
pub(crate) const STATE_AUTHORITY: Field<0, PUBLIC_KEY_LEN> = Field;
pub(crate) const STATE_NEXT: Field<32, PUBLIC_KEY_LEN> = Field;
pub(crate) const STATE_EPOCH: Field<64, 8> = Field;
pub(crate) const STATE_DIGEST: Field<72, 32> = Field;

/// The next authority of a bundle that names none.
pub(crate) const NO_KEY: [u8; PUBLIC_KEY_LEN] = [0; PUBLIC_KEY_LEN];

// In a revoked token.
pub(crate) const REVOKED_ISSUER: Field<0, PUBLIC_KEY_LEN> = Field;
pub(crate) const REVOKED_ID: Field<PUBLIC_KEY_LEN, 8> = Field;

/// An entry of the list of revoked tokens.
pub(crate) fn revoked_token(issuer: &[u8; PUBLIC_KEY_LEN], token_id: u64) -> [u8; REVOKED_TOKEN_LEN] {
    let mut entry = [0; REVOKED_TOKEN_LEN];
    REVOKED_ISSUER.write(&mut entry, *issuer);
    REVOKED_ID.write(&mut entry, token_id.to_be_bytes());
    entry
}
