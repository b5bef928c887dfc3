//! The PostgreSQL server that is measured.

use manyface_testing::Postgres;

/// Starts a cluster with default durability; dropping it stops the server.
pub(crate) fn start_postgres() -> Postgres {
    Postgres::start_with(&["shared_buffers=512MB", "max_connections=200"])
}

/// Flushes pending writes to the disk.
pub(crate) fn checkpoint(cluster: &Postgres) {
    cluster.psql("postgres", "CHECKPOINT");
}
