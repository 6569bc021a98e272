//! The numbers behind the refusals of a gate.

use super::Gate;
use crate::clock::Clock;
use crate::error::Error;
use crate::explanation::{Detail, Explanation};
use crate::signature::Backend;
use crate::token::Token;
use crate::trust::TrustSource;
use crate::trust::anchor::{BundleVersion, TrustAnchor};
use crate::trust::bundle::TrustBundle;
use crate::usage::Ledger;
use crate::verify;

impl<T, L, B: Backend> Gate<T, L, B> {
    /// Explains a refusal of this token at this time by numbers: by how much a limit was missed, or
    /// since when. It decides nothing, and does not check that this was the answer.
    #[must_use]
    pub fn explain<'k>(&self, token: &[u8], clock: Clock, error: Error) -> Explanation
    where
        T: TrustSource<'k>,
        L: Ledger,
    {
        Explanation::new(error, self.detail(token, self.effective_clock(clock), error))
    }

    fn detail<'k>(&self, bytes: &[u8], clock: Clock, error: Error) -> Detail
    where
        T: TrustSource<'k>,
        L: Ledger,
    {
        if error == Error::BundleExpired {
            return self.trust.not_after().map_or(Detail::None, |at| Detail::over(at, clock));
        }
        let token = Token::parse(bytes).ok();
        let issuer = token.and_then(|token| self.trust.issuer(&token.issuer_bytes()));
        match (error, token, issuer) {
            (Error::IssuerNotValid, _, Some(issuer)) => issuer.window_detail(clock),
            (Error::IssuedBeforeStart, Some(token), _) => {
                let start = self.settings.start(self.ledger.since(), clock);
                start.map_or(Detail::None, |counts_from| Detail::BeforeStart {
                    issued_at: token.issued_at(),
                    counts_from,
                })
            }
            (_, _, issuer) => {
                let limit = issuer.map(|issuer| issuer.lifetime_limit());
                verify::detail(bytes, clock, error, &self.settings.policy, limit)
            }
        }
    }

    /// Explains a refusal of [`open_next`](Self::open_next) in the same way. A refusal because of the
    /// trust set in force is explained as well.
    #[must_use]
    pub fn explain_next<'k>(&self, bytes: &[u8], anchor: &TrustAnchor, clock: Clock, error: Error) -> Explanation
    where
        T: TrustSource<'k>,
    {
        let epochs = [anchor.newest_version().map(|version| version.epoch), self.trust.published_epoch()];
        let mut anchor = anchor.clock_skew_seconds(self.settings.policy.clock_skew_seconds);
        if let Some(epoch) = epochs.into_iter().flatten().max() {
            // Only the epoch is told.
            anchor = anchor.newest(BundleVersion { epoch, digest: [0; 32] });
        }
        TrustBundle::explain(bytes, &anchor, self.clock_for_next(&anchor, clock), error)
    }
}
