//! `[lightning.availability]`: when nodes are up.

use crate::scenario::amount::{DELAY, DELAY_POSITIVE, RUN};
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Number, SHARE};
use crate::scenario::section::Section;
use crate::scenario::word::Name;
use crate::units::SimTime;
use crate::workload::{AvailabilityParams, Outage, Uptime};

/// Reads `[lightning.availability]`; absent: all nodes are always up.
pub(super) fn availability(s: &mut Section<'_, '_>) -> Option<AvailabilityParams> {
    let d = AvailabilityParams::default();
    s.is_written().then(|| AvailabilityParams {
        routing: s.choice("routing", &UPTIMES, Some("always")),
        leaves: s.choice("leaves", &UPTIMES, Some("always")),
        outages: s.tables("outage", outage),
        disable_after: s.or("disable_after", &DELAY, d.disable_after),
        enable_after: s.or("enable_after", &DELAY, d.enable_after),
        gossip_delay: s.or("gossip_delay", &DELAY, d.gossip_delay),
    })
}

const UPTIMES: [Alternative<Uptime>; 3] = [
    ("always", |_| Uptime::Always),
    ("exponential", |s| Uptime::Exponential {
        up: s.required("up", &DELAY_POSITIVE),
        down: s.required("down", &DELAY_POSITIVE),
    }),
    ("weibull", |s| Uptime::Weibull {
        up: s.required("up", &DELAY_POSITIVE),
        up_shape: s.required("up_shape", &SHAPE),
        down: s.required("down", &DELAY_POSITIVE),
        down_shape: s.required("down_shape", &SHAPE),
    }),
];

/// A shape of a Weibull law; far outside, times are all zero or all infinite.
const SHAPE: Number = Number { low: 0.1, high: 10.0, above: false };

fn outage(s: &mut Section<'_, '_>) -> Outage {
    Outage {
        name: s.required("name", &Name),
        start: SimTime::ZERO + s.required("start", &RUN),
        duration: s.required("duration", &DELAY_POSITIVE),
        share: s.required("share", &SHARE),
    }
}
