//! The caller of an admitted call, for handlers.

use std::ops::Deref;
use std::sync::Arc;

use crate::gate::Admission;

/// The caller: an [`Admission`] that a [`GateLayer`](super::GateLayer) has put into the extensions
/// of the request. Clones are cheap. Only a layer makes one.
///
/// With the feature `axum` it is an argument of handlers. A route behind no layer is refused with
/// [`Refusal::NO_LAYER`](super::Refusal::NO_LAYER), so that a forgotten layer admits no call.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Admission>);

impl Caller {
    pub(super) fn new(admission: Admission) -> Self {
        Self(Arc::new(admission))
    }
}

impl Deref for Caller {
    type Target = Admission;

    fn deref(&self) -> &Admission {
        &self.0
    }
}

#[cfg(feature = "axum")]
impl<S: Send + Sync> axum_core::extract::FromRequestParts<S> for Caller {
    type Rejection = super::Refusal;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, super::Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            super::log::undecided(parts);
            super::Refusal::NO_LAYER
        })
    }
}
