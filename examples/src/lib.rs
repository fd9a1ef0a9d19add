//! Placeholder until the crate has its own text.
