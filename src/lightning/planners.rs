//! Threads that search for routes while the run goes on.
//!
//! A [`Question`] holds all that its answer depends on: copies of what the run may change meanwhile, and shared the
//! public network, which may not change before [`Planners::forget`]. What a thread answers is what the run
//! would have found at the time of the question. A search that panics gives no answer, so the run makes it itself.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use crate::ids::NodeId;
use crate::payment::{Desk, PayerAction, Planned, RouteRequest, SendParams, Sender};
use crate::routing::{Beliefs, LocalChannel, View};
use crate::units::{Msat, SimTime};

/// A first attempt to plan, and all that the plan depends on.
pub(super) struct Question {
    /// The payment's place in the stream of demands: questions are asked in this order.
    pub(super) number: u64,
    pub(super) payer: NodeId,
    pub(super) payee: NodeId,
    pub(super) amount: Msat,
    pub(super) final_cltv: u32,
    pub(super) now: SimTime,
    pub(super) own: Vec<LocalChannel>,
    pub(super) initial: Vec<LocalChannel>,
    pub(super) beliefs: Beliefs,
    /// How much the payer had learnt.
    pub(super) lessons: u32,
    pub(super) limits: SendParams,
    pub(super) view: Arc<View>,
    pub(super) sender: Arc<dyn Sender>,
}

/// A plan, and what it was made with.
pub(super) struct Answer {
    /// The payer's own channels, as the plan saw them.
    pub(super) own: Vec<LocalChannel>,
    /// How much the payer had learnt.
    pub(super) lessons: u32,
    /// How often the public network had changed.
    pub(super) version: u64,
    pub(super) step: PayerAction,
    pub(super) plan: Vec<Planned>,
    pub(super) searches: u32,
}

/// Threads, and the questions before them.
#[derive(Default)]
pub(super) struct Planners {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Questions have come, or the end.
    asked: Condvar,
    /// An answer has come.
    answered: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Question>,
    /// Numbers of the questions that threads are at.
    busy: Vec<u64>,
    /// By number.
    answers: BTreeMap<u64, Answer>,
    /// Only so many threads, the first ones, may take questions.
    active: usize,
    over: bool,
}

impl Planners {
    /// Puts `questions`, the next in order, before `threads` threads; what was asked before is dropped.
    pub(super) fn ask(&mut self, questions: VecDeque<Question>, threads: usize) {
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
        state.waiting = questions;
        state.answers.clear();
        state.active = threads;
        drop(state);
        self.shared.asked.notify_all();
    }

    /// The answer to question `number`, given once; `None` if there is none and no thread is at it. That question
    /// and those before it are dropped.
    pub(super) fn answer(&mut self, number: u64) -> Option<Answer> {
        let mut state = self.shared.lock();
        while state.waiting.front().is_some_and(|question| question.number <= number) {
            state.waiting.pop_front();
        }
        while state.busy.contains(&number) {
            state = self.shared.answered.wait(state).expect("threads do not panic while they lock");
        }
        let later = state.answers.split_off(&number);
        state.answers = later;
        state.answers.remove(&number)
    }

    /// Drops all questions and answers, and waits until no thread holds one.
    pub(super) fn forget(&mut self) {
        let mut state = self.shared.lock();
        state.waiting.clear();
        while !state.busy.is_empty() {
            state = self.shared.answered.wait(state).expect("threads do not panic while they lock");
        }
        state.answers.clear();
    }
}

impl Drop for Planners {
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

    /// The next question for thread `index`; `None`: there will be none.
    fn next(&self, index: usize) -> Option<Question> {
        let mut state = self.lock();
        loop {
            if state.over {
                return None;
            }
            if index < state.active
                && let Some(question) = state.waiting.pop_front()
            {
                state.busy.push(question.number);
                return Some(question);
            }
            state = self.asked.wait(state).expect("threads do not panic while they lock");
        }
    }
}

/// Answers questions until there are no more.
fn work(shared: &Shared, index: usize) {
    let mut desk = Desk::default();
    while let Some(question) = shared.next(index) {
        let number = question.number;
        let answer = catch_unwind(AssertUnwindSafe(|| plan(question, &mut desk)));
        let mut state = shared.lock();
        state.busy.retain(|&busy| busy != number);
        state.answers.extend(answer.ok().map(|answer| (number, answer)));
        drop(state);
        shared.answered.notify_all();
    }
}

fn plan(question: Question, desk: &mut Desk) -> Answer {
    let ask = RouteRequest {
        payer: question.payer,
        payee: question.payee,
        amount: question.amount,
        is_part: false,
        attempts: 0,
        avoid: &[],
        limits: &question.limits,
        final_cltv: question.final_cltv,
        now: question.now,
        view: &question.view,
        local_channels: &question.own,
        initial: &question.initial,
        beliefs: &question.beliefs,
    };
    let step = question.sender.next(&ask, desk);
    let (plan, searches) = (std::mem::take(&mut desk.plan), desk.searches);
    let Question { own, lessons, view, .. } = question;
    Answer { own, lessons, version: view.version(), step, plan, searches }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::payment::{Report, Verdict};

    /// Plans as many searches as the amount has msat; for none it panics.
    struct Counter;

    impl Sender for Counter {
        fn next(&self, ask: &RouteRequest<'_>, desk: &mut Desk) -> PayerAction {
            assert!(ask.amount > Msat::ZERO, "nothing to plan");
            desk.searches = u32::try_from(ask.amount.get()).unwrap();
            PayerAction::Send
        }

        fn learn(&self, _: &mut Beliefs, _: &Report<'_>) -> Verdict {
            Verdict::Stop(crate::outcome::Failure::NoRoute)
        }

        fn blank(&self) -> Beliefs {
            Beliefs::none()
        }
    }

    fn question(number: u64, amount: u64, view: &Arc<View>) -> Question {
        Question {
            number,
            payer: NodeId(0),
            payee: NodeId(1),
            amount: Msat(amount),
            final_cltv: 18,
            now: SimTime::ZERO,
            own: Vec::new(),
            initial: Vec::new(),
            beliefs: Beliefs::none(),
            lessons: 0,
            limits: SendParams::default(),
            view: Arc::clone(view),
            sender: Arc::new(Counter),
        }
    }

    /// Waits until no question waits and no thread is at one.
    fn settle(planners: &Planners) {
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
    fn every_question_gets_its_own_answer_on_any_number_of_threads() {
        let view = Arc::default();
        for threads in [1, 3] {
            let mut planners = Planners::default();
            let questions = (0..100).filter(|number| number % 3 > 0);
            planners
                .ask(questions.map(|number| question(number, number, &view)).collect(), threads);
            settle(&planners);
            for number in 0..100 {
                let answer = planners.answer(number).map(|answer| u64::from(answer.searches));
                assert_eq!(answer, (number % 3 > 0).then_some(number));
                assert!(planners.answer(number).is_none(), "an answer is given once");
            }
        }
    }

    #[test]
    fn what_no_thread_has_begun_with_is_not_waited_for() {
        let mut planners = Planners::default();
        planners.ask((0..9).map(|number| question(number, 1, &Arc::default())).collect(), 0);
        assert!(planners.answer(4).is_none());
        let left: Vec<u64> =
            planners.shared.lock().waiting.iter().map(|left| left.number).collect();
        assert_eq!(left, [5, 6, 7, 8]);
    }

    #[test]
    fn nobody_holds_the_view_once_all_is_forgotten() {
        let view = Arc::default();
        let mut planners = Planners::default();
        for _ in 0..20 {
            planners.ask((0..50).map(|number| question(number, 1, &view)).collect(), 2);
            planners.forget();
            assert_eq!(Arc::strong_count(&view), 1);
            assert!(planners.answer(49).is_none());
        }
    }

    #[test]
    fn a_search_that_panics_gives_no_answer_and_its_thread_goes_on() {
        let mut planners = Planners::default();
        planners.ask([0, 1].map(|amount| question(amount, amount, &Arc::default())).into(), 1);
        settle(&planners);
        assert!(planners.answer(0).is_none());
        assert!(planners.answer(1).is_some());
    }
}
