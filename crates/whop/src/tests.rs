//! The dialect over stores in memory, without a server.

mod access;
mod desk;
mod fields;
mod files;
mod laws;
mod openapi;
mod overrides;
mod shapes;
