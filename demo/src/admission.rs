//! A gate at work: rotation, revocation, an exhausted budget, a name that does not belong to its
//! key.

use agentid_core::{AgentIdentity as Published, TokenBuilder as PublishedBuilder};
use agentid_nostd::{
    Call, Clock, Error, Gate, LedgerSlot, PublicKey, Signer, SigningKey, Since, TrustAnchor, TrustBundle,
    TrustBundleBuilder, TrustedIssuer, UsageLedger,
};

/// One call at the gate: why it is shown, the token, the required scope, and what must come of it.
struct Attempt<'a> {
    what: &'static str,
    token: &'a [u8],
    scope: &'static str,
    expected: Result<Option<u32>, Error>,
}

/// Plays the scene and says whether every answer is the one announced.
pub(crate) fn show(now: i64) -> bool {
    let authority = SigningKey::from_secret_bytes(&[0x5e; 32]).expect("a secret");
    let pinned = authority.public_key();
    let [old_key, new_key, thief] = ["this year's seed", "next year's seed", "a neighbour's seed"].map(agent);
    let other = Published::derive("mail-sorter", "office", Some(b"its own seed")).expect("valid names");

    // Epoch 1 trusts the old key; epoch 2 rotates to the new one; epoch 3 revokes the old one and one
    // token.
    let stolen = mint(&old_key, now, 0);
    let fresh = mint(&new_key, now, 0);
    let fresh_id = agentid_core::parse_token(&fresh).expect("parses").token_id;
    let trusted =
        |key: &Published| TrustedIssuer::new(public(key), "door-opener", "building-7").ceiling(&["door:*:open"]);
    let other_trusted = TrustedIssuer::new(public(&other), "mail-sorter", "office");
    let mut buffers = [[0; 1_024]; 3];
    let [first, second, third] = &mut buffers;
    let first = bundle(first, &authority, 1, now, &mut [trusted(&old_key), other_trusted], &mut [], &mut []);
    let second = bundle(
        second,
        &authority,
        2,
        now,
        &mut [trusted(&old_key), trusted(&new_key), other_trusted],
        &mut [],
        &mut [],
    );
    let third = bundle(
        third,
        &authority,
        3,
        now,
        &mut [trusted(&new_key), other_trusted],
        &mut [public(&old_key)],
        &mut [(public(&new_key), fresh_id)],
    );

    let anchor = TrustAnchor::new(pinned);
    let open = |bytes| TrustBundle::open(bytes, &anchor, Clock::Known(now)).expect("a good bundle");
    let mut gate = Gate::new(open(first), UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning));
    println!("  {:<5} {:<4} {:<20} what was presented", "epoch", "code", "verdict");

    let two_calls = mint(&old_key, now, 2);
    let named_after_another =
        PublishedBuilder::new(&renamed(&other)).scopes(["*"]).issued_at(now).build().expect("mints");
    let by_thief = mint(&thief, now, 0);
    let mut as_announced = true;
    as_announced &= play(
        &mut gate,
        now,
        &[
            call("a budget of two: the first call", &two_calls, Ok(Some(1))),
            call("the second", &two_calls, Ok(Some(0))),
            call("the third: exhausted", &two_calls, Err(Error::BudgetExhausted)),
            call(
                "a trusted agent signs with a name that is not its own",
                &named_after_another,
                Err(Error::NameMismatch),
            ),
            call("the right name under a key that nobody trusts", &by_thief, Err(Error::UntrustedIssuer)),
            Attempt {
                scope: "mail:inbox:read",
                ..call("a scope the token does not grant", &stolen, Err(Error::ScopeNotGranted))
            },
            call("the next key, before it is published", &fresh, Err(Error::UntrustedIssuer)),
        ],
    );
    gate.set_trust(open(second)).expect("a higher epoch");
    as_announced &= play(
        &mut gate,
        now,
        &[
            call("rotation: the new key", &fresh, Ok(None)),
            call("rotation: the old key, while both are trusted", &stolen, Ok(None)),
        ],
    );
    gate.set_trust(open(third)).expect("a higher epoch");
    as_announced &= play(
        &mut gate,
        now,
        &[
            call("revocation: every token of the old key", &stolen, Err(Error::IssuerRevoked)),
            call("revocation: this one token of the new key", &fresh, Err(Error::TokenRevoked)),
            call("another token of the new key", &mint(&new_key, now, 1), Ok(Some(0))),
        ],
    );
    let anchor = anchor.newest(gate.trust().version());
    let rollback = TrustBundle::open(second, &anchor, Clock::Known(now)).err();
    print_line(2, rollback, "somebody brings the bundle of epoch 2 again");
    as_announced & (rollback == Some(Error::BundleRollback))
}

fn play(gate: &mut Gate<TrustBundle<'_>, UsageLedger<[LedgerSlot; 64]>>, now: i64, calls: &[Attempt<'_>]) -> bool {
    let mut as_announced = true;
    for call in calls {
        let epoch = gate.trust().epoch();
        let answer = gate.admit(call.token, &Call::new(&[call.scope]), Clock::Known(now));
        let answer = answer.map(|admitted| admitted.calls_left());
        print_line(epoch, answer.err(), call.what);
        as_announced &= answer == call.expected;
    }
    as_announced
}

fn print_line(epoch: u64, denied: Option<Error>, what: &str) {
    let (code, name) = denied.map_or((0, "admitted"), |error| (error.code(), error.name()));
    println!("  {epoch:>5} {code:>4} {name:<20} {what}");
}

fn call<'a>(what: &'static str, token: &'a [u8], expected: Result<Option<u32>, Error>) -> Attempt<'a> {
    Attempt { what, token, scope: "door:north:open", expected }
}

/// The same agent with this year's or next year's key.
fn agent(seed: &str) -> Published {
    Published::derive("door-opener", "building-7", Some(seed.as_bytes())).expect("valid names")
}

/// The same key, claiming another agent's name: nothing in the published implementation stops it.
fn renamed(agent: &Published) -> Published {
    Published::from_secret_bytes("door-opener", "building-7", &agent.secret_bytes()).expect("valid names")
}

fn public(agent: &Published) -> PublicKey {
    PublicKey::from_bytes(&agent.public_key()).expect("the published implementation makes good keys")
}

fn mint(agent: &Published, now: i64, max_calls: u32) -> Vec<u8> {
    let builder = PublishedBuilder::new(agent).scopes(["door:north:open"]).max_calls(max_calls).issued_at(now);
    builder.build().expect("the published implementation mints")
}

fn bundle<'b>(
    buf: &'b mut [u8],
    authority: &SigningKey,
    epoch: u64,
    now: i64,
    issuers: &mut [TrustedIssuer<'_>],
    revoked_issuers: &mut [PublicKey],
    revoked_tokens: &mut [(PublicKey, u64)],
) -> &'b [u8] {
    TrustBundleBuilder::new(authority, epoch, now, now + 86_400)
        .issuers(issuers)
        .revoked_issuers(revoked_issuers)
        .revoked_tokens(revoked_tokens)
        .write_into(buf, Clock::Known(now))
        .expect("a good bundle")
}
