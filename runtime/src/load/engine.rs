//! Who is aboard a flight, and who polls its body.

use super::flight::{Left, SharedBody};
use smallvec::{SmallVec, smallvec};
use std::task::Waker;
use tokio::runtime::{Handle, Id};

/// Those who are to be woken, once the cabin is unlocked.
pub(super) type Wakers = SmallVec<[Waker; 4]>;

/// Up to this many aboard, everybody is woken for a shared body. Beyond, that would be a stampede of its own: the driver
/// is woken and somebody who can take his place.
pub(super) const CROWD: usize = 8;

/// The runtime that the caller runs on.
fn runtime() -> Option<Id> {
    Handle::try_current().ok().map(|runtime| runtime.id())
}

/// The changing part of a flight.
#[expect(clippy::struct_excessive_bools, reason = "they have nothing to do with each other")]
pub(super) struct Cabin<V> {
    /// The runtime that the body was begun on. Its timers and sockets belong there, so only callers from there drive it.
    home: Home,
    /// Those who were ever aboard, by the number of their seat.
    seats: SmallVec<[Passenger; 2]>,
    /// The seats that were given back; never the leader's.
    vacant: Vec<usize>,
    occupied: usize,
    /// How many of those aboard are from `home`.
    at_home: usize,
    /// Whether those from elsewhere had better not wait any longer.
    stranded: bool,
    /// How many of those aboard sleep: they have left a waker.
    asleep: usize,
    /// Whether the caller who started the load is still here.
    leader_aboard: bool,
    /// What somebody else's driving brought that only the leader can have.
    left: Option<Left>,
    /// Whether a guardian looks after the flight.
    guarded: bool,
    /// Whether the body knows nobody to wake but the leader.
    alone: bool,
    engine: Engine<V>,
}

/// Somebody aboard, or who was.
struct Passenger {
    /// Left there while he sleeps.
    waker: Option<Waker>,
    runtime: Option<Id>,
}

/// Where a body was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    /// The leader is polling it for the first time, and has not said yet.
    Unknown,
    On(Option<Id>),
}

/// Whether a body wants to be polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    No,
    Yes,
    /// It did so when the guardian came by the last time.
    Long,
}

impl Woken {
    fn call(&mut self) {
        if *self == Woken::No {
            *self = Woken::Yes;
        }
    }
}

/// Who polls the body.
enum Engine<V> {
    /// The caller in seat 0, whose own it is.
    Leader {
        woken: Woken,
        /// Whether he is at it now.
        polling: bool,
    },
    /// Whoever is aboard and polled.
    Shared {
        /// Away while somebody polls it.
        body: Option<SharedBody<V>>,
        woken: Woken,
        /// Who polled it last.
        driver: usize,
        /// Where to look for the next one who could do it in his place.
        deputy: usize,
    },
}

impl<V> Cabin<V> {
    /// With the leader in seat 0.
    pub(super) fn new() -> Self {
        Self {
            home: Home::Unknown,
            seats: smallvec![Passenger { waker: None, runtime: None }],
            vacant: Vec::new(),
            occupied: 1,
            at_home: 1,
            stranded: false,
            asleep: 0,
            leader_aboard: true,
            left: None,
            guarded: false,
            alone: false,
            engine: Engine::Leader { woken: Woken::No, polling: true },
        }
    }

    /// The leader has polled the body once, as if he were alone.
    pub(super) fn begin(&mut self) {
        self.home = Home::On(runtime());
        self.seats[0].runtime = runtime();
        self.at_home = (0..self.seats.len())
            .filter(|seat| !self.vacant.contains(seat) && self.is_at_home(*seat))
            .count();
        self.alone = true;
        self.leader_polled();
    }

    fn is_at_home(&self, seat: usize) -> bool {
        self.home == Home::On(self.seats[seat].runtime)
    }

    // ---- seats ----

    pub(super) fn occupied(&self) -> usize {
        self.occupied
    }

    pub(super) fn take_seat(&mut self) -> usize {
        let runtime = runtime();
        self.occupied += 1;
        self.at_home += usize::from(self.home == Home::On(runtime));
        let passenger = Passenger { waker: None, runtime };
        if let Some(seat) = self.vacant.pop() {
            self.seats[seat] = passenger;
            return seat;
        }
        self.seats.push(passenger);
        self.seats.len() - 1
    }

    /// Whether the flight needs a guardian from now on: when not everybody aboard can poll the body, or not everybody is
    /// woken for it.
    pub(super) fn asks_for_guardian(&mut self) -> bool {
        let needs = self.is_led() || self.occupied > CROWD.min(self.at_home);
        needs && !std::mem::replace(&mut self.guarded, true)
    }

    /// Gives a seat back: its own waker, to be dropped, and those of others to be woken. Who leaves may have been the one who
    /// was woken to drive.
    pub(super) fn leave(&mut self, seat: usize) -> (Option<Waker>, Wakers) {
        let own = self.take_waker(seat);
        self.occupied -= 1;
        self.at_home -= usize::from(self.is_at_home(seat));
        if seat != 0 {
            self.vacant.push(seat);
        }
        self.leader_aboard &= seat != 0;
        let others = match self.engine {
            Engine::Shared { .. } if self.at_home == 0 => self.strand(),
            Engine::Shared { woken: Woken::Yes | Woken::Long, .. } => self.take_drivers(),
            _ => Wakers::new(),
        };
        (own, others)
    }

    /// Sends those away who cannot drive: nobody who can is there, or is polled.
    pub(super) fn strand(&mut self) -> Wakers {
        self.stranded = true;
        self.take_wakers()
    }

    /// Whether the caller in `seat` had better start again.
    pub(super) fn is_stranded(&self, seat: usize) -> bool {
        self.stranded && !self.is_at_home(seat)
    }

    pub(super) fn knows(&self, seat: usize, waker: &Waker) -> bool {
        self.seats[seat].waker.as_ref().is_some_and(|known| known.will_wake(waker))
    }

    /// Leaves a waker; the one that was there before is to be dropped outside the lock.
    pub(super) fn register(&mut self, seat: usize, waker: Waker) -> Option<Waker> {
        let known = self.seats[seat].waker.replace(waker);
        self.asleep += usize::from(known.is_none());
        known
    }

    fn take_waker(&mut self, seat: usize) -> Option<Waker> {
        let waker = self.seats[seat].waker.take();
        self.asleep -= usize::from(waker.is_some());
        waker
    }

    pub(super) fn take_wakers(&mut self) -> Wakers {
        self.asleep = 0;
        self.seats.iter_mut().filter_map(|passenger| passenger.waker.take()).collect()
    }

    // ---- what is left for the leader ----

    pub(super) fn leave_for_leader(&mut self, left: Left) -> Result<(), Left> {
        if !self.leader_aboard {
            return Err(left);
        }
        self.left = Some(left);
        Ok(())
    }

    pub(super) fn take_left(&mut self) -> Option<Left> {
        self.left.take()
    }

    // ---- the body ----

    /// Hands the body over to whoever is polled.
    pub(super) fn share(&mut self, body: SharedBody<V>) {
        self.engine = Engine::Shared { body: Some(body), woken: Woken::No, driver: 0, deputy: 0 };
    }

    /// Somebody else is aboard. The body is to be polled once more, to know whom to wake from then on. Who can do that.
    pub(super) fn ends_solitude(&mut self) -> Wakers {
        if std::mem::take(&mut self.alone) { self.wake() } else { Wakers::new() }
    }

    pub(super) fn is_led(&self) -> bool {
        matches!(self.engine, Engine::Leader { .. })
    }

    /// Whether the body wanted to be polled at the last call of this already, and has not been since.
    pub(super) fn is_stalled(&mut self) -> bool {
        let (Engine::Leader { woken, polling: false }
        | Engine::Shared { woken, body: Some(_), .. }) = &mut self.engine
        else {
            return false;
        };
        let stalled = *woken == Woken::Long;
        if *woken == Woken::Yes {
            *woken = Woken::Long;
        }
        stalled
    }

    /// The leader is about to poll his body.
    pub(super) fn leader_polls(&mut self) {
        self.alone = false;
        self.engine = Engine::Leader { woken: Woken::No, polling: true };
    }

    /// The leader has polled his body.
    pub(super) fn leader_polled(&mut self) {
        if let Engine::Leader { polling, .. } = &mut self.engine {
            *polling = false;
        }
    }

    /// The shared body, if it wants to be polled and nobody is at it.
    pub(super) fn take_wheel(&mut self, seat: usize) -> Option<SharedBody<V>> {
        // The waker of who is alone is the body's own, so that he is polled says that it wants to be.
        let alone = self.alone && seat == 0;
        if !self.is_at_home(seat) {
            return None;
        }
        let Engine::Shared { body, woken, driver, .. } = &mut self.engine else { return None };
        if *woken == Woken::No && !alone {
            return None;
        }
        let body = body.take()?;
        self.alone = false;
        *woken = Woken::No;
        *driver = seat;
        Some(body)
    }

    /// Puts the body back. Somebody who was woken meanwhile found it away and went back to sleep; if it wants to be
    /// polled again they have to be woken again.
    pub(super) fn return_wheel(&mut self, returned: SharedBody<V>) -> Wakers {
        match &mut self.engine {
            Engine::Shared { body, woken, .. } => {
                *body = Some(returned);
                if *woken == Woken::No || planted!("wheel") {
                    Wakers::new()
                } else {
                    self.take_drivers()
                }
            }
            Engine::Leader { .. } => Wakers::new(),
        }
    }

    /// The body of a flight that nobody is aboard of any more.
    pub(super) fn scrap(&mut self) -> Option<SharedBody<V>> {
        match &mut self.engine {
            Engine::Shared { body, .. } => body.take(),
            Engine::Leader { .. } => None,
        }
    }

    /// The body can go on. Who is to be told.
    pub(super) fn wake(&mut self) -> Wakers {
        match &mut self.engine {
            Engine::Leader { woken, .. } => {
                woken.call();
                self.take_waker(0).into_iter().collect()
            }
            Engine::Shared { woken, .. } => {
                woken.call();
                self.take_drivers()
            }
        }
    }

    /// The wakers of those who shall drive. One caller may be held somewhere and never polled again, so it is never
    /// one alone. Where enough are awake already, one of them will come by; if all of those are held, the guardian
    /// will.
    fn take_drivers(&mut self) -> Wakers {
        if self.occupied <= CROWD {
            return self.take_wakers();
        }
        let Engine::Shared { driver, deputy, .. } = self.engine else { return Wakers::new() };
        let first = self.take_waker(driver);
        let enough = self.occupied - self.asleep > CROWD;
        let second = if enough { None } else { self.take_next_waker(deputy) };
        first.into_iter().chain(second).collect()
    }

    /// Wakes the first who sleeps in or behind seat `from`, and looks behind him the next time.
    fn take_next_waker(&mut self, from: usize) -> Option<Waker> {
        let from = from % self.seats.len();
        let sleeps = |seat: &usize| self.is_at_home(*seat) && self.seats[*seat].waker.is_some();
        let next = (from..self.seats.len()).chain(0..from).find(sleeps)?;
        if let Engine::Shared { deputy, .. } = &mut self.engine {
            *deputy = next + 1;
        }
        self.take_waker(next)
    }
}
