//! The payers' algorithms, one per file.

mod cheapest;
mod cloth;
mod lnd;

pub use cheapest::CheapestSender;
pub use cloth::ClothSender;
pub use lnd::LndSender;

use crate::outcome::Failure;
use crate::payment::sender::Ask;
use crate::routing::{Knowledge, NoRoute, Query};

/// The search that asks for just what `ask` wants.
fn query(ask: &Ask<'_>) -> Query {
    Query {
        payer: ask.payer,
        payee: ask.payee,
        amount: ask.amount,
        fee_limit: ask.fee_limit(),
        cltv_limit: ask.limits.cltv_limit,
        final_cltv: ask.final_cltv,
        max_hops: ask.limits.max_hops,
        now: ask.now,
    }
}

/// What the search may know: exactly what `ask` knows.
const fn knowledge<'a>(ask: &Ask<'a>) -> Knowledge<'a> {
    Knowledge { view: ask.view, own: ask.own, beliefs: ask.beliefs, avoid: ask.avoid }
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
