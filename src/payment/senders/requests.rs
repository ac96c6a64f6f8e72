//! From what a payer wants to what a search is asked, and back.

use crate::outcome::Failure;
use crate::payment::sender::{PayerAction, PlanBuffer, RouteRequest};
use crate::routing::{Knowledge, NoRoute, Query, Router, find_route};

/// Plans one part over the route that `router` finds.
pub(super) fn plan_part(
    router: &impl Router,
    request: &RouteRequest<'_>,
    buffer: &mut PlanBuffer,
) -> PayerAction {
    let (scratch, plan) = buffer.start(1);
    plan[0].amount = request.amount;
    let found =
        find_route(router, &knowledge(request), &query(request), scratch, &mut plan[0].route);
    buffer.searches = 1;
    match found {
        Ok(()) => PayerAction::Send,
        Err(nothing) => PayerAction::GiveUp(failure(nothing)),
    }
}

/// The search that asks for just what `request` wants.
pub(super) fn query(request: &RouteRequest<'_>) -> Query {
    Query {
        payer: request.payer,
        payee: request.payee,
        amount: request.amount,
        fee_limit: request.fee_limit,
        cltv_limit: request.limits.cltv_limit,
        final_cltv: request.final_cltv,
        max_hops: request.limits.max_hops,
        now: request.now,
    }
}

/// What the search may know: exactly what `request` knows.
pub(super) const fn knowledge<'a>(request: &RouteRequest<'a>) -> Knowledge<'a> {
    Knowledge {
        view: request.view,
        local_channels: request.local_channels,
        beliefs: request.beliefs,
        avoid: request.avoid,
    }
}

/// Why a payment ends whose search found nothing.
pub(super) const fn failure(nothing: NoRoute) -> Failure {
    match nothing {
        NoRoute::InsufficientFunds => Failure::InsufficientFunds,
        NoRoute::FeeLimit => Failure::FeeLimit,
        NoRoute::None => Failure::NoRoute,
    }
}
