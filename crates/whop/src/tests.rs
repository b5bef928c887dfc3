//! The dialect over stores in memory, without a server.

mod access;
mod app;
mod files;
mod laws;
mod openapi;
mod shapes;
