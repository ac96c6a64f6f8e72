//! Threads that search for routes while a run goes on.
//!
//! What may be planned ahead is the model's: a [`PlanRequest`] holds all that its [`Plan`] depends on, so any
//! thread may work on it at any time. Here are the threads. The public network is shared with them, and may not
//! change before [`PlanAhead::forget`]. A search that panics gives no plan, so the run makes it itself.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use crate::lightning::{Plan, PlanAhead, PlanRequest};
use crate::payment::PlanBuffer;

/// Threads, and the requests before them.
#[derive(Debug, Default)]
pub struct PlannerPool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Requests have come, or the end.
    asked: Condvar,
    /// A plan has come.
    answered: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<PlanRequest>,
    /// Numbers of the requests that threads are at.
    busy: Vec<u64>,
    /// By number.
    plans: BTreeMap<u64, Plan>,
    /// Only so many threads, the first ones, may take requests.
    active: usize,
    over: bool,
}

impl PlanAhead for PlannerPool {
    fn ask(&mut self, requests: VecDeque<PlanRequest>, threads: usize) {
        while self.threads.len() < threads {
            let (shared, index) = (Arc::clone(&self.shared), self.threads.len());
            let spawned = thread::Builder::new()
                .name("leyden-planner".to_owned())
                .spawn(move || work(&shared, index));
            // Without the thread others plan, or the run itself does.
            let Ok(thread) = spawned else { break };
            self.threads.push(thread);
        }
        let mut state = self.shared.lock();
        state.waiting = requests;
        state.plans.clear();
        state.active = threads;
        drop(state);
        self.shared.asked.notify_all();
    }

    fn plan(&mut self, number: u64) -> Option<Plan> {
        let mut state = self.shared.lock();
        while state.waiting.front().is_some_and(|request| request.number <= number) {
            state.waiting.pop_front();
        }
        while state.busy.contains(&number) {
            state = self.shared.answered.wait(state).expect("threads do not panic while they lock");
        }
        let later = state.plans.split_off(&number);
        state.plans = later;
        state.plans.remove(&number)
    }

    fn forget(&mut self) {
        let mut state = self.shared.lock();
        state.waiting.clear();
        while !state.busy.is_empty() {
            state = self.shared.answered.wait(state).expect("threads do not panic while they lock");
        }
        state.plans.clear();
    }
}

impl Drop for PlannerPool {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.waiting.clear();
        state.over = true;
        drop(state);
        self.shared.asked.notify_all();
        for thread in self.threads.drain(..) {
            // It cannot have panicked: what it runs is caught.
            drop(thread.join());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("threads do not panic while they lock")
    }

    /// The next request for thread `index`; `None`: there will be none.
    fn next(&self, index: usize) -> Option<PlanRequest> {
        let mut state = self.lock();
        loop {
            if state.over {
                return None;
            }
            if index < state.active
                && let Some(request) = state.waiting.pop_front()
            {
                state.busy.push(request.number);
                return Some(request);
            }
            state = self.asked.wait(state).expect("threads do not panic while they lock");
        }
    }
}

/// Plans until there are no more.
fn work(shared: &Shared, index: usize) {
    let mut buffer = PlanBuffer::default();
    while let Some(request) = shared.next(index) {
        let number = request.number;
        let plan = catch_unwind(AssertUnwindSafe(|| request.plan(&mut buffer)));
        let mut state = shared.lock();
        state.busy.retain(|&busy| busy != number);
        state.plans.extend(plan.ok().map(|plan| (number, plan)));
        drop(state);
        shared.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::NodeId;
    use crate::payment::{PayerAction, Report, RouteRequest, SendParams, Sender, Verdict};
    use crate::routing::{Beliefs, View};
    use crate::units::{Msat, SimTime};

    /// Plans as many searches as the amount has msat; for none it panics.
    struct Counter;

    impl Sender for Counter {
        fn next(&self, ask: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
            assert!(ask.amount > Msat::ZERO, "nothing to plan");
            buffer.searches = u32::try_from(ask.amount.get()).unwrap();
            PayerAction::Send
        }

        fn learn(&self, _: &mut Beliefs, _: &Report<'_>) -> Verdict {
            Verdict::Stop(crate::outcome::Failure::NoRoute)
        }

        fn initial_beliefs(&self) -> Beliefs {
            Beliefs::none()
        }
    }

    fn request(number: u64, amount: u64, view: &Arc<View>) -> PlanRequest {
        PlanRequest {
            number,
            payer: NodeId(0),
            payee: NodeId(1),
            amount: Msat(amount),
            final_cltv: 18,
            now: SimTime::ZERO,
            own: Vec::new(),
            initial: Vec::new(),
            beliefs: Beliefs::none(),
            belief_version: 0,
            limits: SendParams::default(),
            view: Arc::clone(view),
            sender: Arc::new(Counter),
        }
    }

    /// Waits until no request waits and no thread is at one.
    fn settle(planners: &PlannerPool) {
        loop {
            let state = planners.shared.lock();
            if state.waiting.is_empty() && state.busy.is_empty() {
                return;
            }
            drop(state);
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn every_request_gets_its_own_plan_on_any_number_of_threads() {
        let view = Arc::default();
        for threads in [1, 3] {
            let mut planners = PlannerPool::default();
            let requests = (0..100).filter(|number| number % 3 > 0);
            planners.ask(requests.map(|number| request(number, number, &view)).collect(), threads);
            settle(&planners);
            for number in 0..100 {
                let answer = planners.plan(number).map(|answer| u64::from(answer.searches));
                assert_eq!(answer, (number % 3 > 0).then_some(number));
                assert!(planners.plan(number).is_none(), "an answer is given once");
            }
        }
    }

    #[test]
    fn what_no_thread_has_begun_with_is_not_waited_for() {
        let mut planners = PlannerPool::default();
        planners.ask((0..9).map(|number| request(number, 1, &Arc::default())).collect(), 0);
        assert!(planners.plan(4).is_none());
        let left: Vec<u64> =
            planners.shared.lock().waiting.iter().map(|left| left.number).collect();
        assert_eq!(left, [5, 6, 7, 8]);
    }

    #[test]
    fn nobody_holds_the_view_once_all_is_forgotten() {
        let view = Arc::default();
        let mut planners = PlannerPool::default();
        for _ in 0..20 {
            planners.ask((0..50).map(|number| request(number, 1, &view)).collect(), 2);
            planners.forget();
            assert_eq!(Arc::strong_count(&view), 1);
            assert!(planners.plan(49).is_none());
        }
    }

    #[test]
    fn a_search_that_panics_gives_no_answer_and_its_thread_goes_on() {
        let mut planners = PlannerPool::default();
        planners.ask([0, 1].map(|amount| request(amount, amount, &Arc::default())).into(), 1);
        settle(&planners);
        assert!(planners.plan(0).is_none());
        assert!(planners.plan(1).is_some());
    }
}
