//! The key that signs, wherever it is.

use agentid_host::{KeyId, PublicKey, Signer};

use crate::arguments::{VaultOptions, Which};
use crate::failure::Failure;
use crate::{input, keys};

/// Where the key is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeySource<'o> {
    /// In the vault.
    Vault(&'o VaultOptions),
    /// In a device, which signs itself.
    #[cfg(feature = "pkcs11")]
    Device(&'o crate::arguments::DeviceKey),
}

/// An agent whose key is open.
pub(crate) struct OpenAgent {
    pub(crate) name: String,
    pub(crate) project: String,
    pub(crate) signer: Box<dyn Signer>,
}

impl KeySource<'_> {
    /// Opens the key of an agent.
    pub(crate) fn agent(self, which: &Which) -> Result<OpenAgent, Failure> {
        match self {
            Self::Vault(options) => {
                let vault = input::vault(options)?;
                let password = input::password(options, "Password of the vault: ")?;
                let key = vault.unlock(keys::find(&vault, which, Some(&password))?, &password)?;
                let (name, project) = (key.name().to_owned(), key.project().to_owned());
                Ok(OpenAgent { name, project, signer: Box::new(key) })
            }
            #[cfg(feature = "pkcs11")]
            Self::Device(key) => {
                // A device knows nothing of agents.
                let (Some(name), Some(project)) = (which.name.clone(), which.project.clone()) else {
                    return Err(Failure::new(
                        crate::failure::USAGE,
                        "no-name",
                        "a key of a device has no name and project of its own",
                    )
                    .hint("give --name and --project in place of --fingerprint"));
                };
                Ok(OpenAgent { name, project, signer: Box::new(crate::pkcs11::open(key)?) })
            }
        }
    }

    /// Opens the key of an authority. A key of a device may be another: whoever signs a list
    /// compares them.
    pub(crate) fn authority(self, authority: &PublicKey) -> Result<Box<dyn Signer>, Failure> {
        match self {
            Self::Vault(options) => {
                let vault = input::vault(options)?;
                let password = input::password(options, "Password of the vault: ")?;
                Ok(Box::new(vault.unlock(KeyId::of(authority), &password)?))
            }
            #[cfg(feature = "pkcs11")]
            Self::Device(key) => Ok(Box::new(crate::pkcs11::open(key)?)),
        }
    }
}
