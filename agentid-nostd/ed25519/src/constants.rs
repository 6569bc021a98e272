//! The constants of edwards25519 (RFC 8032, section 5.1).

use super::field::Fe;

/// d = −121665 / 121666: the curve is −x² + y² = 1 + d x² y².
pub(super) const D: Fe = Fe::from_words([
    0x1359_78a3,
    0x75eb_4dca,
    0x4141_d8ab,
    0x0070_0a4d,
    0x7779_e898,
    0x8cc7_4079,
    0x2b6f_fe73,
    0x5203_6cee,
]);

/// A square root of −1: 2^((p − 1) / 4).
pub(super) const ROOT_OF_MINUS_ONE: Fe = Fe::from_words([
    0x4a0e_a0b0,
    0xc4ee_1b27,
    0xad2f_e478,
    0x2f43_1806,
    0x3dfb_d7a7,
    0x2b4d_0099,
    0x4fc1_df0b,
    0x2b83_2480,
]);

/// 2 d.
pub(super) const D_2: Fe = Fe::from_words([
    0x26b2_f159,
    0xebd6_9b94,
    0x8283_b156,
    0x00e0_149a,
    0xeef3_d130,
    0x198e_80f2,
    0x56df_fce7,
    0x2406_d9dc,
]);

/// (p + 1) / 2.
pub(super) const HALF: Fe = Fe::from_words([
    0xffff_fff7,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0x3fff_ffff,
]);

/// The encoding of B, the base point: y = 4 / 5.
pub const BASE: [u8; 32] = {
    let mut bytes = [0x66; 32];
    bytes[0] = 0x58;
    bytes
};
