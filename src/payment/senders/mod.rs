//! The payers' algorithms, one per file.

mod cheapest;
mod cloth;
mod lnd;

pub use cheapest::CheapestSender;
pub use cloth::ClothSender;
pub use lnd::LndSender;

use crate::outcome::Failure;
use crate::payment::sender::RouteRequest;
use crate::routing::{Knowledge, NoRoute, Query};

/// The search that asks for just what `request` wants.
fn query(request: &RouteRequest<'_>) -> Query {
    Query {
        payer: request.payer,
        payee: request.payee,
        amount: request.amount,
        fee_limit: request.fee_limit(),
        cltv_limit: request.limits.cltv_limit,
        final_cltv: request.final_cltv,
        max_hops: request.limits.max_hops,
        now: request.now,
    }
}

/// What the search may know: exactly what `request` knows.
const fn knowledge<'a>(request: &RouteRequest<'a>) -> Knowledge<'a> {
    Knowledge {
        view: request.view,
        local_channels: request.local_channels,
        beliefs: request.beliefs,
        avoid: request.avoid,
    }
}

/// Why a payment ends whose search found nothing.
const fn failure(nothing: NoRoute, attempts: u32) -> Failure {
    match nothing {
        NoRoute::InsufficientFunds => Failure::InsufficientFunds,
        NoRoute::FeeLimit => Failure::FeeLimit,
        NoRoute::None if attempts == 0 => Failure::NoRoute,
        NoRoute::None => Failure::NoRouteAfterAttempts,
    }
}
