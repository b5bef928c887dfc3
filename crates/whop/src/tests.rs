//! The dialect over stores in memory, without a server.

mod access;
mod desk;
mod files;
mod laws;
mod openapi;
mod shapes;
