//! The queue in front of the operator: one server, first come, first served.
//!
//! Operations join when they are sent; the server turns to one when it has arrived and the one before is
//! done. Under Poisson arrivals this is an M/D/1 or M/M/1 queue. Responses
//! leave at the end of a soft block and arrive one network delay later, in the order of execution.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Seeds};
use crate::outcome::Failure;
use crate::rollup::layout::Witness;
use crate::rollup::operation::Operation;
use crate::rollup::params::{OperatorParams, Service};
use crate::system::Work;
use crate::units::{SimDuration, SimTime};
use crate::workload::Demand;

/// An operation on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) operation: Operation,
    pub(super) witness: Witness,
    /// The payment that it carries; `None`: a withdrawal.
    pub(super) demand: Option<Demand>,
    /// Its number: draws are keyed by it.
    pub(super) number: u64,
    /// Times that it was sent.
    pub(super) attempts: u32,
    pub(super) sent: SimTime,
    pub(super) arrives: SimTime,
}

/// What the operator answers about an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ExecutionResult {
    /// It is in the open batch.
    Accepted(Option<Demand>),
    /// It is not.
    Refused(Job, Failure),
}

/// An answer on its way to the wallet of `account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Response {
    pub(super) at: SimTime,
    pub(super) account: u32,
    pub(super) answer: ExecutionResult,
}

/// The queue and its server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sequencer {
    latency: SimDuration,
    service: Service,
    soft_block: SimDuration,
    capacity: u32,
    draws: Draws,
    queue: VecDeque<Job>,
    busy: bool,
    responses: VecDeque<Response>,
    /// Operations in the queue over time, in operations · ns, up to `since`; and the time that those which
    /// have left spent in it. Little's law holds between the two exactly (invariant T4).
    area: u128,
    since: SimTime,
    spent: u128,
    /// Time that the server has worked on what it is done with, and when it turned to what comes next.
    worked: u128,
    began: SimTime,
    /// Time that it has been asked for.
    asked: u128,
}

impl Sequencer {
    pub(super) fn new(params: &OperatorParams, seeds: Seeds) -> Self {
        Self {
            latency: params.latency,
            service: params.service,
            soft_block: params.soft_block,
            capacity: params.mempool,
            draws: seeds.draws("rollup.service"),
            queue: VecDeque::new(),
            busy: false,
            responses: VecDeque::new(),
            area: 0,
            since: SimTime::ZERO,
            spent: 0,
            worked: 0,
            began: SimTime::ZERO,
            asked: 0,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.queue.len() >= self.capacity as usize
    }

    pub(super) fn waiting(&self) -> u64 {
        self.queue.len() as u64
    }

    /// A question and its answer.
    pub(super) fn round_trip(&self) -> SimDuration {
        self.latency + self.latency
    }

    /// Adds an operation that is sent now; when the server will be done with it if it turns to it at once.
    pub(super) fn push(&mut self, mut job: Job, now: SimTime) -> Option<SimTime> {
        self.pass(now);
        (job.sent, job.arrives) = (now, now + self.latency);
        self.asked += u128::from(self.service_time(&job).0);
        self.queue.push_back(job);
        (!self.busy).then(|| {
            (self.busy, self.began) = (true, job.arrives);
            job.arrives + self.service_time(&job)
        })
    }

    /// Takes the operation that the server is done with, and says when it will be done with the next.
    pub(super) fn pop(&mut self, now: SimTime) -> (Option<Job>, Option<SimTime>) {
        self.pass(now);
        let job = self.queue.pop_front();
        self.spent += job.map_or(0, |job| u128::from(now.since(job.sent).0));
        self.worked += job.map_or(0, |job| u128::from(self.service_time(&job).0));
        let next = self.queue.front().copied();
        self.busy = next.is_some();
        let begins = next.map(|next| (next.arrives.max(now), self.service_time(&next)));
        self.began = begins.map_or(now, |(at, _)| at);
        (job, begins.map(|(at, time)| at + time))
    }

    /// The server stops: what waits is given back.
    pub(super) fn stop(&mut self, now: SimTime) -> Vec<Job> {
        self.pass(now);
        self.busy = false;
        self.spent += self.queue.iter().map(|job| u128::from(now.since(job.sent).0)).sum::<u128>();
        self.queue.drain(..).collect()
    }

    /// When the wallet reads the answer to what was executed now.
    pub(super) fn soft_confirmation_at(&self, now: SimTime) -> SimTime {
        let block = self.soft_block.0;
        let boundary = if block == 0 { now.0 } else { now.0.div_ceil(block).saturating_mul(block) };
        SimTime(boundary) + self.latency
    }

    /// Sends an answer; whether it is the only one on the way.
    pub(super) fn answer(&mut self, response: Response) -> bool {
        debug_assert!(self.responses.back().is_none_or(|last| last.at <= response.at), "in order");
        self.responses.push_back(response);
        self.responses.len() == 1
    }

    /// An answer that has arrived, and the time of the next one on the way.
    pub(super) fn read(&mut self, now: SimTime) -> Option<Response> {
        self.responses.pop_front_if(|response| response.at <= now)
    }

    pub(super) fn next_response(&self) -> Option<SimTime> {
        self.responses.front().map(|response| response.at)
    }

    /// Everything that has no answer yet, or one that nobody has read.
    pub(super) fn unanswered(
        &self,
    ) -> (impl Iterator<Item = &Job>, impl Iterator<Item = &Response>) {
        (self.queue.iter(), self.responses.iter())
    }

    /// The server's work up to now.
    pub(super) fn work(&self, now: SimTime) -> Work {
        let begun = if self.busy { u128::from(now.since(self.began).get()) } else { 0 };
        Work { done: self.worked + begun, asked: self.asked }
    }

    /// Little's law as an identity in integers.
    pub(super) fn little(&self) -> (u128, u128) {
        let waiting = self.queue.iter().map(|job| u128::from(self.since.since(job.sent).0));
        (self.area, self.spent + waiting.sum::<u128>())
    }

    fn pass(&mut self, now: SimTime) {
        self.area += u128::from(now.since(self.since).0) * self.queue.len() as u128;
        self.since = now;
    }

    fn service_time(&self, job: &Job) -> SimDuration {
        match self.service {
            Service::Fixed(time) => time,
            Service::Exponential(mean) => {
                let mut draws = self.draws.at(job.number, u64::from(job.attempts));
                SimDuration::from_secs_f64(mean.as_secs_f64() * draws.exponential())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::auth::Signature;
    use crate::units::Msat;

    /// Mean time in the system, in seconds, of operations that come at random at `rate` per second, after a
    /// warm-up of a tenth of them.
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    fn mean_time(rate: f64, operations: u64, seed: u64) -> f64 {
        let params = OperatorParams {
            latency: SimDuration::ZERO,
            service: Service::Fixed(SimDuration::from_millis(1)),
            ..OperatorParams::default()
        };
        let mut sequencer = Sequencer::new(&params, Seeds::new(seed, 0));
        let mut gaps = Seeds::new(seed, 0).stream("test.gaps");
        let operation = Operation::Payment { from: 0, to: 1, amount: Msat(1), fee: Msat(0) };
        let witness = Witness { nonce: 0, signature: Signature::default() };
        let (mut arrival, mut sum, mut counted) = (SimTime::ZERO, 0_u128, 0_u64);
        let mut done: Option<SimTime> = None;
        for number in 0..operations {
            arrival = arrival + SimDuration::from_secs_f64(gaps.exponential() / rate);
            while let Some(at) = done.filter(|at| *at <= arrival) {
                let (job, next) = sequencer.pop(at);
                done = next;
                if let Some(job) = job.filter(|job| job.number >= operations / 10) {
                    sum += u128::from(at.since(job.sent).get());
                    counted += 1;
                }
            }
            let job = Job {
                operation,
                witness,
                demand: None,
                number,
                attempts: 1,
                sent: arrival,
                arrives: arrival,
            };
            done = sequencer.push(job, arrival).or(done);
        }
        let (area, spent) = sequencer.little();
        assert_eq!(area, spent, "Little's law in integers");
        sum as f64 / counted as f64 / 1e9
    }

    #[test]
    fn under_high_load_the_wait_is_that_of_pollaczek_and_khinchine() {
        // 1/mu + rho / (2 mu (1 - rho)) with mu = 1,000: 3 ms at 0.8, 5.5 ms at 0.9. Over 30
        // replications: not wrong at 0.1 %, and precise enough.
        for (rate, operations, expected) in [(800.0, 200_000, 0.003), (900.0, 600_000, 0.005_5)] {
            let means: Vec<_> = (0..30).map(|seed| mean_time(rate, operations, seed)).collect();
            let mean = means.iter().sum::<f64>() / 30.0;
            let variance = means.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 29.0;
            let error = (variance / 30.0).sqrt();
            assert!((mean - expected).abs() <= 3.659 * error, "{mean}, error {error}");
            assert!(2.045 * error <= 0.01 * expected, "not precise enough: {mean}, {error}");
        }
    }
}
