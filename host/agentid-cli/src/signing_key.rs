//! The key that signs, wherever it is.

use agentid_host::{KeyId, PublicKey, Signer};

#[cfg(feature = "pkcs11")]
use crate::agent_file::{self, NamedAgent};
use crate::arguments::{VaultOptions, Which};
use crate::failure::Failure;
use crate::{input, keys};

/// Where the key is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeySource<'o> {
    /// In the vault.
    Vault(&'o VaultOptions),
    /// In hardware, which signs itself.
    #[cfg(feature = "pkcs11")]
    Pkcs11(&'o crate::arguments::Pkcs11Key),
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
                let key = keys::unlock(&vault, which, &password)?;
                let (name, project) = (key.name().to_owned(), key.project().to_owned());
                Ok(OpenAgent { name, project, signer: Box::new(key) })
            }
            #[cfg(feature = "pkcs11")]
            Self::Pkcs11(key) => {
                // Hardware knows nothing of agents.
                if which.fingerprint.is_some() {
                    return Err(Failure::new(
                        crate::failure::USAGE,
                        "no-name",
                        "a key in hardware has no name and project of its own",
                    )
                    .hint("give --name and --project in place of --fingerprint"));
                }
                let NamedAgent { name, project, .. } = agent_file::named(&which.agent)?;
                Ok(OpenAgent { name, project, signer: Box::new(crate::pkcs11::open(key)?) })
            }
        }
    }

    /// Opens the key of an authority. A key in hardware can be another: whoever signs a list
    /// compares them.
    pub(crate) fn authority(self, authority: &PublicKey) -> Result<Box<dyn Signer>, Failure> {
        match self {
            Self::Vault(options) => {
                let vault = input::vault(options)?;
                let password = input::password(options, "Password of the vault: ")?;
                Ok(Box::new(vault.unlock(KeyId::of(authority), &password)?))
            }
            #[cfg(feature = "pkcs11")]
            Self::Pkcs11(key) => Ok(Box::new(crate::pkcs11::open(key)?)),
        }
    }
}
