//! The dialects this host speaks. A new one is one line here.

use manyface_dialect::Dialect;

/// Every dialect that can be mounted.
pub fn dialects() -> Vec<Dialect> {
    vec![
        manyface_movieknight::dialect(),
        manyface_whop::dialect(),
        manyface_tenant::dialect(),
        manyface_iam::dialect(),
    ]
}
