//! Who is aboard a flight, and who polls its body.

use super::flight::{Left, SharedBody};
use crate::clock::{self, Tick};
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
pub(super) struct Cabin<V> {
    /// The runtime that the body was begun on. Its timers and sockets belong there, so only callers from there drive it.
    home: Option<Id>,
    /// Those who were ever aboard, by the number of their seat.
    seats: SmallVec<[Passenger; 2]>,
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
    engine: Engine<V>,
}

/// Somebody aboard, or who was.
struct Passenger {
    /// Left there while he sleeps.
    waker: Option<Waker>,
    at_home: bool,
}

/// Who polls the body.
enum Engine<V> {
    /// The caller in seat 0, whose own it is.
    Leader {
        /// Since when it could be polled and has not been.
        woken: Option<Tick>,
    },
    /// Whoever is aboard and polled.
    Shared {
        /// Away while somebody polls it.
        body: Option<SharedBody<V>>,
        /// Since when it wants to be polled and has not been.
        woken: Option<Tick>,
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
            home: runtime(),
            seats: smallvec![Passenger { waker: None, at_home: true }],
            occupied: 1,
            at_home: 1,
            stranded: false,
            asleep: 0,
            leader_aboard: true,
            left: None,
            guarded: false,
            engine: Engine::Leader { woken: None },
        }
    }

    // ---- seats ----

    pub(super) fn occupied(&self) -> usize {
        self.occupied
    }

    pub(super) fn take_seat(&mut self) -> usize {
        let at_home = runtime() == self.home;
        self.occupied += 1;
        self.at_home += usize::from(at_home);
        self.seats.push(Passenger { waker: None, at_home });
        self.seats.len() - 1
    }

    /// Whether the flight needs a guardian from now on: when not everybody aboard can poll the body, or not everybody is
    /// woken for it.
    pub(super) fn asks_for_guardian(&mut self) -> bool {
        let needs = self.is_led() || self.occupied > CROWD.min(self.at_home);
        needs && !std::mem::replace(&mut self.guarded, true)
    }

    /// Gives a seat back. Who leaves may have been the one who was woken to drive, so others may have to be woken.
    pub(super) fn leave(&mut self, seat: usize) -> Wakers {
        self.wake_seat(seat);
        self.occupied -= 1;
        self.at_home -= usize::from(self.seats[seat].at_home);
        self.leader_aboard &= seat != 0;
        match self.engine {
            Engine::Shared { .. } if self.at_home == 0 => self.strand(),
            Engine::Shared { woken: Some(_), .. } => self.take_drivers(),
            _ => Wakers::new(),
        }
    }

    /// Sends those away who cannot drive: nobody who can is there, or is polled.
    pub(super) fn strand(&mut self) -> Wakers {
        self.stranded = true;
        self.take_wakers()
    }

    /// Whether the caller in `seat` had better start again.
    pub(super) fn is_stranded(&self, seat: usize) -> bool {
        self.stranded && !self.seats[seat].at_home
    }

    pub(super) fn register(&mut self, seat: usize, waker: &Waker) {
        match &mut self.seats[seat].waker {
            Some(known) if known.will_wake(waker) => {}
            place => {
                self.asleep += usize::from(place.is_none());
                *place = Some(waker.clone());
            }
        }
    }

    fn wake_seat(&mut self, seat: usize) -> Option<Waker> {
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

    pub(super) fn share(&mut self, body: SharedBody<V>, now: Tick) {
        self.engine = Engine::Shared { body: Some(body), woken: Some(now), driver: 0, deputy: 0 };
    }

    pub(super) fn is_led(&self) -> bool {
        matches!(self.engine, Engine::Leader { .. })
    }

    /// Since when the body could have been polled and has not been.
    pub(super) fn woken_since(&self) -> Option<Tick> {
        match self.engine {
            Engine::Leader { woken } | Engine::Shared { woken, .. } => woken,
        }
    }

    /// The leader is about to poll his body.
    pub(super) fn leader_polls(&mut self) {
        self.engine = Engine::Leader { woken: None };
    }

    /// The shared body, if it wants to be polled and nobody is at it.
    pub(super) fn take_wheel(&mut self, seat: usize) -> Option<SharedBody<V>> {
        let at_home = self.seats[seat].at_home;
        match &mut self.engine {
            Engine::Shared { body, woken: woken @ Some(_), driver, .. }
                if body.is_some() && at_home =>
            {
                *woken = None;
                *driver = seat;
                body.take()
            }
            _ => None,
        }
    }

    /// Puts the body back. Somebody who was woken meanwhile found it away and went back to sleep; if it wants to be
    /// polled again they have to be woken again.
    pub(super) fn return_wheel(&mut self, returned: SharedBody<V>) -> Wakers {
        match &mut self.engine {
            Engine::Shared { body, woken, .. } => {
                *body = Some(returned);
                if woken.is_some() { self.take_drivers() } else { Wakers::new() }
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
            Engine::Leader { woken } => {
                woken.get_or_insert_with(clock::now);
                self.wake_seat(0).into_iter().collect()
            }
            Engine::Shared { woken, .. } => {
                woken.get_or_insert_with(clock::now);
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
        let first = self.wake_seat(driver);
        let enough = self.occupied - self.asleep > CROWD;
        let second = if enough { None } else { self.wake_next(deputy) };
        first.into_iter().chain(second).collect()
    }

    /// Wakes the first who sleeps in or behind seat `from`, and looks behind him the next time.
    fn wake_next(&mut self, from: usize) -> Option<Waker> {
        let from = from % self.seats.len();
        let sleeps = |seat: &usize| self.seats[*seat].at_home && self.seats[*seat].waker.is_some();
        let next = (from..self.seats.len()).chain(0..from).find(sleeps)?;
        if let Engine::Shared { deputy, .. } = &mut self.engine {
            *deputy = next + 1;
        }
        self.wake_seat(next)
    }
}
