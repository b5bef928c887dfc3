//! Tests of policy folders and their decisions.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod decisions;
mod documented;
mod folders;
mod support;
