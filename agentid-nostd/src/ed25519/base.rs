//! Multiples of the base point, as they lie in flash. A test of `point.rs` makes them anew and compares.

use super::digits::Width;
use super::field::Fe;
use super::point::Affine;

/// Of the digits that choose from them. Where flash counts most, half as many cost a hundredth of the time.
pub(super) const WIDTH: Width = Width::new(if cfg!(ed25519_field = "small") { 3 } else { 4 });
const MULTIPLES: usize = WIDTH.multiples();

/// B, 3 B, 5 B, ...
pub(super) static ODD: [Affine; MULTIPLES] = first([
    entry(
        [0xf58c_3b85, 0x2fbc_93c6, 0xfb8c_0e19, 0xcf93_2dc6, 0x643d_42c2, 0x270b_4898, 0x33d4_ba65, 0x07cf_9d3a],
        [0xd740_913e, 0x9d10_3905, 0xd140_beb3, 0xfd39_9f05, 0x688f_8a09, 0xa5c1_8434, 0x98f8_1267, 0x44fd_2f92],
        [0x877a_aa68, 0xabc9_1205, 0xccaa_c49e, 0x26d9_e823, 0xdd43_598c, 0x5a1b_7dcb, 0x9f0c_65a8, 0x6f11_7b68],
    ),
    entry(
        [0x4cee_9730, 0xaf25_b0a8, 0xe886_4b8a, 0x025a_8430, 0x9f01_6732, 0xc11b_5002, 0x9a80_f8f4, 0x7a16_4e1b],
        [0xa4fc_d265, 0x5661_1fe8, 0xe5c1_ba7d, 0x3bd3_53fd, 0x214b_d6bd, 0x8131_f31a, 0x555b_da62, 0x2ab9_1587],
        [0x0dd0_d889, 0x14ae_933f, 0x1c35_da62, 0x5894_2322, 0x8cf2_db4c, 0xd170_e545, 0x12b9_b4c6, 0x5a28_26af],
    ),
    entry(
        [0x08a5_bb33, 0xa212_bc44, 0xc75e_ed02, 0x8d50_48c3, 0x5abf_ec44, 0xdd1b_eb0c, 0x46e2_06eb, 0x2945_ccf1],
        [0xa447_d6ba, 0x7f91_82c3, 0x4b27_29b7, 0xd500_14d1, 0xb864_a087, 0xe33c_f11c, 0xeb1b_55f3, 0x154a_7e73],
        [0x812a_8285, 0xbcbb_dbf1, 0xd0bd_d1fc, 0x270e_0807, 0x1bbd_a72d, 0xb41b_670b, 0x6b3b_b69a, 0x43aa_be69],
    ),
    entry(
        [0x944e_a3bf, 0x6b1a_5cd0, 0xb39d_c0d2, 0x7470_353a, 0x2854_2e49, 0x71b2_5282, 0x283c_927e, 0x461b_ea69],
        [0xaa32_21b1, 0xba6f_2c9a, 0x3bba_23a7, 0x6ca0_2153, 0x9219_2c3a, 0x9dea_764f, 0x2e53_17e0, 0x1d6e_dd5d],
        [0x01b8_b3a2, 0xf183_6dc8, 0x053e_a49a, 0xb303_5f47, 0x5877_adf3, 0x529c_41ba, 0x6a0f_90a7, 0x7a9f_bb1c],
    ),
]);

/// The same of 2^128 B.
pub(super) static ODD_UPPER: [Affine; MULTIPLES] = first([
    entry(
        [0xacad_8ea2, 0x583b_04bf, 0x148b_e884, 0x29b7_43e8, 0x0810_c5db, 0x2b1e_583b, 0x8eb3_bbaa, 0x2b54_49e5],
        [0xeb3d_be47, 0x5f3a_7562, 0x8ebd_a0b8, 0xf7ea_3854, 0x4574_7299, 0x00c3_e531, 0x1627_d551, 0x1304_e9e7],
        [0x6adc_9cfe, 0x7898_14d2, 0x8b48_dd0b, 0x3c1b_ab3f, 0xf979_c60a, 0xda0f_e1ff, 0x7c2d_d693, 0x4468_de2d],
    ),
    entry(
        [0x710e_cdf6, 0x4b5a_64bf, 0x462c_293c, 0xb14c_e538, 0xd50b_3ab9, 0x3643_d056, 0x185b_4870, 0x6af9_3724],
        [0x8de7_3e68, 0xe90e_cfab, 0x377e_76a5, 0x5403_6f9f, 0xbe01_5982, 0xf049_5b0b, 0xa7f4_1e36, 0x5776_29c4],
        [0x09c6_a888, 0x3220_0245, 0x4b55_8973, 0xd2e0_3613, 0x3c33_289f, 0x83e2_3623, 0x0cae_c18f, 0x701f_25bb],
    ),
    entry(
        [0x5db1_beee, 0x8dee_9bd5, 0x0a72_3fb9, 0xc9c3_ab37, 0x1c68_d791, 0x44a8_f1bf, 0x1cfd_3cde, 0x366d_4419],
        [0xfb57_20ad, 0xfbba_d48f, 0xdbf9_0d0e, 0xee81_916b, 0x6355_43bf, 0xd481_3152, 0x3f33_7bd8, 0x2211_04eb],
        [0xf2bc_8c14, 0x9e3c_1743, 0xb585_6c3b, 0x2eda_26fc, 0x68a7_fb97, 0xccb8_2f0e, 0xbc59_3244, 0x4167_a4e6],
    ),
    entry(
        [0x4977_0eb8, 0xdb90_e289, 0xacf4_40a3, 0x98fb_cc2a, 0xded7_879b, 0x2135_4ffe, 0xf269_06b6, 0x1f6a_3e54],
        [0x5b9c_619b, 0xb4af_6cd0, 0xb2a5_8480, 0x2ddf_c9f4, 0xebe9_4dc4, 0x3d4f_a502, 0x677d_5f34, 0x08fc_3a4c],
        [0xd307_34ea, 0x60a4_c199, 0x3116_5cd6, 0x40c0_85b6, 0xf759_8295, 0xe233_3e23, 0x16b9_00d1, 0x4f2f_ad01],
    ),
]);

#[cfg(not(ed25519_field = "small"))]
const fn first(multiples: [Affine; 4]) -> [Affine; 4] {
    multiples
}

#[cfg(ed25519_field = "small")]
const fn first([b, b_3, _, _]: [Affine; 4]) -> [Affine; 2] {
    [b, b_3]
}

const fn entry(sum: [u32; 8], difference: [u32; 8], dt2: [u32; 8]) -> Affine {
    Affine { sum: Fe::from_words(sum), difference: Fe::from_words(difference), dt2: Fe::from_words(dt2) }
}
