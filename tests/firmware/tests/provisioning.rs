//! No image for a real board has keys that everybody knows, unless its builder said so.

use std::fs;
use std::path::{Path, PathBuf};

use agentid_firmware_tests::{PROVISIONED, nrf52840_dk, nrf52840_dk_from};
use agentid_nostd::{AgentIdentity, Clock, Signer, SigningKey, TrustBundleBuilder, TrustedIssuer};
use agentid_test_kit::raw_bundle::authority_key;
use tempfile::TempDir;

const NOW: i64 = 1_790_000_000;
const SECRET: [u8; 32] = *b"This is 32 bytes of a test only.";

/// The files that a product is built from.
struct Product {
    folder: TempDir,
}

impl Product {
    fn new() -> Self {
        let product = Self { folder: TempDir::new().expect("a folder") };
        let authority = authority();
        product.write("authority", authority.public_key().as_bytes());
        product.write("bundle", &bundle(&authority));
        product.write("secret", &SECRET);
        product
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("writes");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, features: &[&str]) -> anyhow::Result<PathBuf> {
        let [authority, bundle, secret] = ["authority", "bundle", "secret"].map(|name| self.path(name));
        let files: [&Path; 3] = [&authority, &bundle, &secret];
        nrf52840_dk_from(features, &PROVISIONED.into_iter().zip(files).collect::<Vec<_>>())
    }
}

fn authority() -> SigningKey {
    SigningKey::from_secret_bytes(&[0x3c; 32]).expect("a secret")
}

fn bundle(authority: &SigningKey) -> Vec<u8> {
    let agent = AgentIdentity::derive("porter", "hall", Some(&[0x5a; 32])).expect("valid names");
    let mut issuers = [TrustedIssuer::new(agent.public_key(), "porter", "hall")];
    let mut builder = TrustBundleBuilder::new(authority, 1, NOW, NOW + 86_400).issuers(&mut issuers);
    builder.write_into(&mut [0; 512], Clock::Known(NOW)).expect("fits").to_vec()
}

/// Fails unless the build fails and says this.
fn assert_refused(built: anyhow::Result<PathBuf>, sentence: &str) {
    let error = format!("{:#}", built.expect_err(sentence));
    assert!(error.contains(sentence), "{sentence}: {error}");
}

#[test]
fn the_real_board_is_not_built_without_its_keys() {
    const SENTENCE: &str = "nothing says whom this board trusts: set AGENTID_AUTHORITY";
    assert_refused(nrf52840_dk_from(&[], &[]), SENTENCE);
    let product = Product::new();
    let [authority, bundle, secret] = ["authority", "bundle", "secret"].map(|name| product.path(name));
    let [a, b, s] = PROVISIONED;
    for two in [[(a, &authority), (b, &bundle)], [(a, &authority), (s, &secret)], [(b, &bundle), (s, &secret)]] {
        assert_refused(nrf52840_dk_from(&[], &two.map(|(name, path)| (name, path.as_path()))), SENTENCE);
    }
}

#[test]
fn files_that_cannot_be_meant_are_refused() {
    let refused = |name: &str, bytes: &[u8], sentence: &str| {
        let product = Product::new();
        product.write(name, bytes);
        assert_refused(product.build(&[]), sentence);
    };
    let demo = authority_key().verifying_key();
    refused("authority", demo.as_bytes(), "AGENTID_AUTHORITY: this is the key of the demo");
    refused("authority", &[1; 31], "AGENTID_AUTHORITY: the file has 31 bytes, not 32");
    refused("secret", &[0xFF; 32], "AGENTID_DEVICE_SECRET: these are not 32 random bytes");
    refused("secret", &[7; 33], "AGENTID_DEVICE_SECRET: the file has 33 bytes, not 32");
    let stranger = SigningKey::from_secret_bytes(&[0x3d; 32]).expect("a secret");
    refused("bundle", &bundle(&stranger), "AGENTID_BUNDLE: ");
    let product = Product::new();
    fs::remove_file(product.path("bundle")).expect("removes");
    assert_refused(product.build(&[]), "AGENTID_BUNDLE: ");
    assert_refused(Product::new().build(&["public-demo-keys"]), "use either the feature or the files");
}

#[test]
fn an_image_has_the_keys_it_was_built_from_and_no_others() {
    let demo_key = authority_key().verifying_key().to_bytes();
    let own_key = *authority().public_key().as_bytes();
    let holds = |image: &[u8], bytes: &[u8]| image.windows(bytes.len()).any(|part| part == bytes);
    const DEMO_NAME: &[u8] = b"nrf52840-dk-public-demo-keys";

    let product = fs::read(Product::new().build(&[]).expect("builds")).expect("an image");
    assert!(holds(&product, &own_key) && holds(&product, &SECRET));
    assert!(!holds(&product, &demo_key) && !holds(&product, DEMO_NAME));

    let demo = fs::read(nrf52840_dk().expect("builds")).expect("an image");
    assert!(!holds(&demo, &own_key) && !holds(&demo, &SECRET));
    assert!(holds(&demo, &demo_key) && holds(&demo, DEMO_NAME), "it says so in its name");
}
