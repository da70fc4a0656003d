//! What the inference thread is to do next, and what it has to say.
//!
//! There is one queue, in the order of arrival: a click after "back to a version" is answered by that version. Only
//! requests replace each other, because each carries the whole state of its object. Nothing here grows without a bound.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use limn_datasets::{ClassId, Mask};
use limn_inference::BackendChoice;

use super::{Aside, Event, Order, Request};
use crate::engine::PredictorFactory;
use crate::window::place::Placed;

/// An accepted object to learn from.
pub(super) struct Lesson {
    /// Its session is on a desk.
    pub draft: u64,
    pub mask: Mask,
    pub class: Option<ClassId>,
}

/// One thing to do.
pub(super) enum Task {
    Request(Request),
    /// With the memory that it holds.
    Learn(Placed<Lesson>, usize),
    Order(Order),
    Restart(PredictorFactory, BackendChoice),
}

/// Accepted masks that wait may hold so much memory.
pub(super) const LESSON_BYTES: usize = 64 << 20;
/// Messages that nobody has taken yet.
const MOST_EVENTS: usize = 64;

/// About how much memory a mask holds.
pub(super) fn bytes_of(mask: &Mask) -> usize {
    std::mem::size_of_val(mask.spans()) + 1024
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Task>,
    /// The newest thing to do when there is nothing else.
    aside: Option<Aside>,
    stop: bool,
    /// Lessons that had to go.
    forgotten: usize,
}

/// What the thread takes next.
pub(super) enum Next {
    Task(Task),
    Aside(Aside),
    /// Nothing, for so long as was asked.
    Rest,
    Stop,
}

/// Between the window and the thread.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    bell: Condvar,
    events: Mutex<VecDeque<Event>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    /// A request takes the place of those before it, except of objects whose answer is wished for wherever the person is.
    pub fn ask(&self, request: Request) {
        self.put(|state| {
            state.tasks.retain(|task| !matches!(task, Task::Request(r) if !r.wished || r.draft == request.draft));
            state.tasks.push_back(Task::Request(request));
        });
    }

    /// The answer for this object is wished for even if others are asked for meanwhile.
    pub fn wish(&self, draft: u64) {
        self.put(|state| {
            for task in &mut state.tasks {
                if let Task::Request(request) = task {
                    request.wished |= request.draft == draft;
                }
            }
        });
    }

    /// Nobody wants this object's answer any more.
    pub fn forget(&self, draft: u64) {
        self.put(|state| state.tasks.retain(|task| !matches!(task, Task::Request(r) if r.draft == draft)));
    }

    /// What belongs to the state before is not answered any more.
    pub fn forget_requests(&self) {
        self.put(|state| state.tasks.retain(|task| !matches!(task, Task::Request(_))));
    }

    pub fn aside(&self, aside: Aside) {
        self.put(|state| state.aside = Some(aside));
    }

    pub fn learn(&self, lesson: Placed<Lesson>, bytes: usize) {
        self.put(|state| {
            state.tasks.push_back(Task::Learn(lesson, bytes));
            let size = |task: &Task| if let Task::Learn(_, bytes) = task { *bytes } else { 0 };
            let mut held: usize = state.tasks.iter().map(size).sum();
            while held > LESSON_BYTES
                && let Some(oldest) = state.tasks.iter().position(|task| matches!(task, Task::Learn(..)))
            {
                held -= state.tasks.remove(oldest).as_ref().map_or(0, size);
                state.forgotten += 1;
            }
        });
    }

    /// An order; of two of the same kind that follow each other only the last one counts.
    pub fn order(&self, order: Order) {
        self.put(|state| {
            if matches!(state.tasks.back(), Some(Task::Order(last)) if order.replaces(last)) {
                state.tasks.pop_back();
            }
            state.tasks.push_back(Task::Order(order));
        });
    }

    pub fn restart(&self, factory: PredictorFactory, choice: BackendChoice) {
        self.put(|state| {
            state.tasks.retain(|task| !matches!(task, Task::Restart(..)));
            state.tasks.push_back(Task::Restart(factory, choice));
        });
    }

    pub fn stop(&self) {
        self.put(|state| state.stop = true);
    }

    fn put(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.bell.notify_one();
    }

    /// Something that goes before learning.
    pub fn has_work(&self) -> bool {
        let state = lock(&self.state);
        state.stop || !state.tasks.is_empty() || state.aside.is_some()
    }

    /// How many lessons had to go since this was asked last.
    pub fn forgotten(&self) -> usize {
        std::mem::take(&mut lock(&self.state).forgotten)
    }

    /// The next thing to do; waits for it at most so long (`None`: until there is something).
    pub fn next(&self, wait: Option<std::time::Duration>) -> Next {
        let mut state = lock(&self.state);
        loop {
            if state.stop {
                return Next::Stop;
            }
            if let Some(task) = state.tasks.pop_front() {
                // What was asked aside belongs to the state before.
                if matches!(task, Task::Request(_)) {
                    state.aside = None;
                }
                return Next::Task(task);
            }
            if let Some(aside) = state.aside.take() {
                return Next::Aside(aside);
            }
            match wait {
                None => state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    let (guard, waited) = self.bell.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner);
                    state = guard;
                    if waited.timed_out() && state.tasks.is_empty() && state.aside.is_none() && !state.stop {
                        return Next::Rest;
                    }
                }
            }
        }
    }

    /// Tells the window something. It never waits: a window that does not draw finds the newest state when it does.
    pub fn tell(&self, event: Event) {
        let mut events = lock(&self.events);
        events.retain(|old| !event.replaces(old));
        while events.len() >= MOST_EVENTS {
            events.pop_front();
        }
        events.push_back(event);
    }

    pub fn event(&self) -> Option<Event> {
        lock(&self.events).pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use limn_datasets::{ImageId, Mask};
    use limn_models::{MaskOptions, Rgb8, WholeRgb};

    use super::*;
    use crate::window::place::Place;

    fn request(draft: u64, ticket: u64) -> Request {
        Request {
            ticket,
            place: Place::default(),
            generation: 0,
            wished: false,
            draft,
            image_id: ImageId(1),
            class: None,
            image: Arc::new(WholeRgb::new(Rgb8 { width: 1, height: 1, data: vec![0; 3] }).expect("a picture")),
            start: None,
            bounds: None,
            clicks: Vec::new(),
            given: 0,
            options: MaskOptions::default(),
        }
    }

    /// What comes out, in its order: tickets of requests, 0 for anything else.
    fn drained(queue: &Queue) -> Vec<u64> {
        let mut order = Vec::new();
        while let Next::Task(task) = queue.next(Some(std::time::Duration::ZERO)) {
            order.push(if let Task::Request(request) = task { request.ticket } else { 0 });
        }
        order
    }

    #[test]
    fn a_click_after_an_order_is_answered_after_it() {
        let queue = Queue::default();
        queue.ask(request(1, 1));
        queue.order(Order::RollBack(7));
        queue.ask(request(1, 2));
        assert_eq!(drained(&queue), [0, 2]);
    }

    #[test]
    fn requests_replace_each_other_but_not_those_that_are_wished_for() {
        let queue = Queue::default();
        queue.ask(request(1, 1));
        queue.wish(1);
        queue.ask(request(2, 2));
        queue.ask(request(2, 3));
        assert_eq!(drained(&queue), [1, 3]);
        queue.ask(request(1, 4));
        queue.forget(1);
        assert!(drained(&queue).is_empty());
    }

    #[test]
    fn lessons_are_bounded_by_their_bytes_and_the_oldest_go() {
        let queue = Queue::default();
        let lesson = |draft| Placed::new(Place::default(), Lesson { draft, mask: Mask::empty(1, 1), class: None });
        (1..=5).for_each(|draft| queue.learn(lesson(draft), LESSON_BYTES / 2));
        assert_eq!((queue.forgotten(), queue.forgotten()), (3, 0));
        assert_eq!(drained(&queue).len(), 2);
    }

    #[test]
    fn nobody_waits_for_a_window_that_does_not_draw() {
        let queue = Queue::default();
        (0..10 * MOST_EVENTS).for_each(|n| queue.tell(Event::Done(n.to_string())));
        let mut last = None;
        let mut count = 0;
        while let Some(event) = queue.event() {
            last = Some(event);
            count += 1;
        }
        assert!(count == MOST_EVENTS && matches!(last, Some(Event::Done(text)) if text == "639"));
    }
}
