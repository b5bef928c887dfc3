//! Tests of the whole program, on both databases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod admin;
mod budgets;
mod catalogue;
mod clients;
mod commands;
mod configuration;
mod conform;
mod crashes;
mod cross_origin;
mod deployments;
mod docs;
mod drain;
mod erasure;
mod first_run;
mod host;
mod iam;
mod issuer_keys;
mod mapping;
mod next_steps;
mod ownership;
mod pictures;
mod policies;
mod principals;
mod provisioning;
mod quotas;
mod races;
mod rolling_restarts;
mod tags;
mod tenants;
mod tokens;
mod transfer;
mod usage;
mod usernames;
mod webhooks;
