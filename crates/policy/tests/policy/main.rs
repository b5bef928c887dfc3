//! Policies in a folder, and what they decide.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod decisions;
mod documented;
mod folders;
mod support;
