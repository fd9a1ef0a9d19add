//! Waiting for a while, wherever that is.
//!
//! tokio's timers panic in a runtime that was built without them, and there is no way to ask it before. What is memoized is
//! not to fail for that: so time is kept by a thread of our own, for tiers that do not answer and for the sweeper. It is
//! started when somebody has to wait first, and sleeps as long as nobody does. Who is answered at once never gets here.
//!
//! It goes by the time that passes outside. Where tokio's clock is paused nobody should wait for it: see
//! [`is_paused`](crate::clock::is_paused).

use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// What `future` comes to, if it does in that time. It is asked first, and last.
pub(crate) async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut alarm = Alarm::new(time);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => alarm.poll(cx).map(|()| None),
    })
    .await
}

/// Returns when that time has passed.
#[cfg(any(feature = "tier", test))]
pub(crate) async fn pass(time: Duration) {
    let mut alarm = Alarm::new(time);
    poll_fn(|cx| alarm.poll(cx)).await;
}

/// Who is woken, and when. The number tells apart those who are due at the same moment.
type Due = (Instant, u64);

struct Alarm {
    /// `None` for a moment that no clock will ever show.
    at: Option<Instant>,
    set: Option<Due>,
}

impl Alarm {
    fn new(time: Duration) -> Self {
        Self { at: now().checked_add(time), set: None }
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        if now() >= at {
            return Poll::Ready(());
        }
        match self.set {
            None => self.set = Some(TIMER.set(at, cx.waker().clone())),
            Some(due) if TIMER.change(due, cx.waker()) => {}
            // The one before is being woken just now: nobody would wake this one.
            Some(_) => return Poll::Ready(()),
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(due) = self.set {
            TIMER.cancel(due);
        }
    }
}

static TIMER: Timer = Timer {
    alarms: Mutex::new(Alarms { waiting: BTreeMap::new(), count: 0, is_watched: false }),
    called: Condvar::new(),
};

struct Timer {
    alarms: Mutex<Alarms>,
    called: Condvar,
}

struct Alarms {
    waiting: BTreeMap<Due, Waker>,
    count: u64,
    /// Whether the thread has been started.
    is_watched: bool,
}

/// Wakers are anybody's code: they are cloned, dropped and called outside the lock.
impl Timer {
    fn set(&'static self, at: Instant, waker: Waker) -> Due {
        let mut alarms = self.alarms.lock();
        if !alarms.is_watched {
            let thread = std::thread::Builder::new().name("larder-timer".to_owned());
            // Where no thread can be had just now nothing times out until the next one waits.
            alarms.is_watched = thread.spawn(|| self.watch()).is_ok();
        }
        alarms.count += 1;
        let due = (at, alarms.count);
        alarms.waiting.insert(due, waker);
        if alarms.waiting.keys().next() == Some(&due) {
            self.called.notify_one();
        }
        due
    }

    /// Whether somebody else is woken instead: not if the time has come.
    fn change(&self, due: Due, waker: &Waker) -> bool {
        let new = waker.clone();
        let mut alarms = self.alarms.lock();
        let left = match alarms.waiting.get_mut(&due) {
            Some(old) => Ok(std::mem::replace(old, new)),
            None => Err(new),
        };
        drop(alarms);
        left.is_ok()
    }

    fn cancel(&self, due: Due) {
        let gone = self.alarms.lock().waiting.remove(&due);
        drop(gone);
    }

    fn watch(&self) {
        loop {
            let waker = self.next();
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }

    /// Waits for the next one to be woken.
    fn next(&self) -> Waker {
        let mut alarms = self.alarms.lock();
        loop {
            let Some((&(at, _), _)) = alarms.waiting.first_key_value() else {
                self.called.wait(&mut alarms);
                continue;
            };
            if now() < at {
                self.called.wait_until(&mut alarms, at);
            } else if let Some((_, waker)) = alarms.waiting.pop_first() {
                return waker;
            }
        }
    }
}

/// In the time that passes outside, whatever the clock of a runtime says.
#[expect(clippy::disallowed_methods, reason = "what is waited for here is not in a runtime's time")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::{Alarm, Poll, TIMER, now, pass, within};
    use std::future::{pending, ready};
    use std::time::Duration;

    const SHORT: Duration = Duration::from_millis(20);

    fn run<T>(future: impl Future<Output = T>) -> T {
        // Without any driver.
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn it_is_over_in_time_and_not_before() {
        let begun = now();
        assert_eq!(run(within(SHORT, pending::<()>())), None);
        run(pass(SHORT));
        assert!(begun.elapsed() >= 2 * SHORT);
        assert_eq!(run(within(Duration::ZERO, ready(1))), Some(1), "it is asked first");
        assert_eq!(run(within(Duration::ZERO, pending::<()>())), None);
    }

    #[test]
    fn the_first_is_first_whoever_began_earlier() {
        run(async {
            let long = within(Duration::MAX, pass(3 * SHORT));
            let longer = within(Duration::from_hours(1), pass(2 * SHORT));
            let both = async { (longer.await, long.await) };
            assert_eq!(within(SHORT, both).await, None, "the shortest, which was set last");
        });
    }

    #[test]
    fn who_asks_while_the_one_before_is_woken_is_told() {
        run(std::future::poll_fn(|cx| {
            let mut alarm = Alarm::new(Duration::from_hours(1));
            assert!(alarm.poll(cx).is_pending());
            // As the thread does when the time has come.
            TIMER.cancel(alarm.set.unwrap());
            assert!(alarm.poll(cx).is_ready());
            Poll::Ready(())
        }));
    }

    #[test]
    fn who_leaves_leaves_nothing_behind() {
        run(async {
            let hour = Duration::from_hours(1);
            let soon = now() + hour / 2;
            for _ in 0..100 {
                let left = within(Duration::from_micros(1), pass(hour)).await;
                assert_eq!(left, None);
            }
            let waiting = TIMER.alarms.lock();
            assert!(waiting.waiting.keys().filter(|(at, _)| *at > soon).count() < 10);
        });
    }
}
