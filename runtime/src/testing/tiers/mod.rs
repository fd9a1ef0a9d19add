//! For tests of tiers, and of what stands above them.
//!
//! [`conformance`] holds a tier against every promise of [`Tier`](crate::tier::Tier). [`Faulty`] does to a tier what networks
//! and disks do. [`Recording`] tells what a tier was asked for.

mod check;
mod conformance;
mod faulty;
mod promises;
mod recording;

pub use conformance::conformance;
pub use faulty::{Fault, Faulty};
pub use recording::{Asked, Operation, Recording};
