//! The statements that search for users.

use std::sync::OnceLock;

use jiff::SignedDuration;
use manyface_core::{Result, UserOrder, UserPage, UserQuery};

use super::{ChainedRow, columns_of_p};
use crate::sql::{Flavour, Parameter, Sql, Statement};

/// The maximum difference between the clocks of hosts. Searches of the history start that much
/// earlier.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);

/// A statement for each combination of order and conditions.
///
/// `$1` is the maximum number of rows, `$2` the tenant, `$3` and `$4` the first and last value of a
/// prefix, `$5` and `$6` the key and the id after which the results begin, and `$7` the time of the
/// earliest change. The last column is the number of the profile's latest change in the order of
/// changes, otherwise 0.
static SEARCH: [OnceLock<Sql>; 24] = [const { OnceLock::new() }; 24];

fn search_text(flavour: Flavour, query: &UserQuery) -> String {
    let (from, number, condition, order) = match query.order {
        UserOrder::Id => ("profiles AS p", "0", "p.id > $6", "p.id"),
        // Within a tenant an index of `profiles` has the order, otherwise `usernames`.
        UserOrder::Username(_) if query.tenant.is_some() => (
            "profiles AS p",
            "0",
            "p.username_key >= $3 AND p.username_key <= $4 AND p.username_key > $5",
            "p.username_key",
        ),
        UserOrder::Username(_) => (
            "usernames AS n JOIN profiles AS p ON p.id = n.profile_id",
            "0",
            "n.username_key >= $3 AND n.username_key <= $4 AND n.username_key > $5",
            "n.username_key",
        ),
        UserOrder::Email(_) => match flavour {
            Flavour::Postgres => (
                "profiles AS p",
                "0",
                "lower(p.email COLLATE \"C\") >= $3 AND lower(p.email COLLATE \"C\") <= $4 \
                 AND (lower(p.email COLLATE \"C\"), p.id) > ($5, $6)",
                "lower(p.email COLLATE \"C\"), p.id",
            ),
            Flavour::Sqlite => (
                "profiles AS p",
                "0",
                "lower(p.email) >= $3 AND lower(p.email) <= $4 AND (lower(p.email), p.id) > ($5, $6)",
                "lower(p.email), p.id",
            ),
        },
        UserOrder::ChangedSince(_) => {
            let from = match flavour {
                Flavour::Postgres => {
                    "profile_changes AS c JOIN profiles AS p \
                     ON p.id = c.profile_id AND p.version = c.version"
                }
                Flavour::Sqlite => {
                    "profile_changes AS c CROSS JOIN profiles AS p \
                     ON p.id = c.profile_id AND p.last_change = c.seq"
                }
            };
            (
                from,
                "c.seq",
                "c.seq > CAST($5 AS bigint) AND c.at >= $7",
                "c.seq",
            )
        }
    };
    let tenant = query.tenant.map_or("", |_| " AND p.tenant_id = $2");
    let suspended = match query.is_suspended {
        None => "",
        Some(true) => " AND p.suspended_at IS NOT NULL",
        Some(false) => " AND p.suspended_at IS NULL",
    };
    let columns = columns_of_p();
    format!(
        "SELECT {columns}, {number}::bigint FROM {from} WHERE {condition}{tenant}{suspended} \
         ORDER BY {order} LIMIT $1"
    )
}

/// Finds, by binary search, the number before the first history entry since `$1`. Times increase
/// with the numbers of entries, except for differences between the clocks of hosts.
static BEFORE: Sql = Sql::new(
    "WITH RECURSIVE bounds (low, high) AS (SELECT min(seq), max(seq) + 1 FROM profile_changes \
     UNION ALL SELECT CASE WHEN (SELECT c.at FROM profile_changes AS c \
     WHERE c.seq >= (b.low + b.high) / 2 ORDER BY c.seq LIMIT 1) < $1 \
     THEN (SELECT c.seq FROM profile_changes AS c WHERE c.seq >= (b.low + b.high) / 2 \
     ORDER BY c.seq LIMIT 1) + 1 ELSE b.low END, \
     CASE WHEN (SELECT c.at FROM profile_changes AS c WHERE c.seq >= (b.low + b.high) / 2 \
     ORDER BY c.seq LIMIT 1) < $1 THEN b.high ELSE (b.low + b.high) / 2 END \
     FROM bounds AS b WHERE b.low < b.high) \
     SELECT CAST(COALESCE(max(low), 0) - 1 AS text) FROM bounds",
);

/// Returns the statement that finds the key before the first page, if a query needs one: that of
/// the changes since a time.
pub(crate) fn before(query: &UserQuery) -> Option<Statement> {
    match query.order {
        UserOrder::ChangedSince(since) if query.after.is_none() => {
            let since = since.saturating_sub(MAX_CLOCK_SKEW).unwrap_or(since);
            Some(BEFORE.with([since.into()]))
        }
        UserOrder::ChangedSince(_)
        | UserOrder::Id
        | UserOrder::Username(_)
        | UserOrder::Email(_) => None,
    }
}

/// Converts the rows of a search, which has one row more than the limit if there is another page.
pub(crate) fn page(query: &UserQuery, rows: Vec<ChainedRow>) -> Result<UserPage> {
    let is_last = rows.len() <= query.limit as usize;
    let mut page = UserPage::default();
    let mut last_change = 0;
    for row in rows.into_iter().take(query.limit as usize) {
        page.users.push(row.profile.read()?);
        last_change = row.last_change.unwrap_or_default();
    }
    let last = page.users.last().filter(|_| !is_last);
    page.next = last.map(|last| query.cursor(last, last_change));
    Ok(page)
}

/// Returns the statement that searches for users. `before` is the key before the first results.
pub(crate) fn search(query: &UserQuery, before: &str) -> Statement {
    let order = match query.order {
        UserOrder::Id => 0,
        UserOrder::Username(_) => 1,
        UserOrder::Email(_) => 2,
        UserOrder::ChangedSince(_) => 3,
    };
    let suspended = match query.is_suspended {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    };
    let index = (order * 3 + suspended) * 2 + usize::from(query.tenant.is_some());
    let sql = SEARCH[index].get_or_init(|| Sql::composed(|flavour| search_text(flavour, query)));
    let (prefix, since) = match &query.order {
        UserOrder::Id => (String::new(), None),
        UserOrder::Username(prefix) => (prefix.clone(), None),
        UserOrder::Email(prefix) => (prefix.to_ascii_lowercase(), None),
        UserOrder::ChangedSince(since) => (String::new(), Some(*since)),
    };
    let last = format!("{prefix}{}", char::MAX);
    let after = query.after.as_ref();
    // PostgreSQL begins at the row comparison, not at the prefix.
    let first = if matches!(query.order, UserOrder::Email(_)) {
        &prefix
    } else {
        before
    };
    let key = after.map_or(first, |after| &after.key).to_owned();
    // The nil UUID is before all profiles, which have UUIDs of version 7.
    let id = after.map_or(manyface_core::ProfileId(uuid::Uuid::nil()), |after| {
        after.id
    });
    let parameters: [Parameter; 7] = [
        (i64::from(query.limit) + 1).into(),
        query.tenant.into(),
        Some(prefix).into(),
        Some(last).into(),
        Some(key).into(),
        id.into(),
        since.into(),
    ];
    sql.with(parameters)
}
