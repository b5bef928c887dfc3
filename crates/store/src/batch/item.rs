//! The requests that can be batched.

use diesel::{QueryResult, deserialize};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use manyface_core::{Profile, ProfileRef, ProfileUpdate, SignedDuration};

use crate::{
    postgres::error_class::Effect,
    profiles::{self, IndexedRow, KeyedRow, many, many::Lookup},
    sql::Statement,
};

/// A request that can be batched with others of its type.
pub(crate) trait BatchItem: Send + Sync + 'static {
    /// Whether the request may be sent again if its outcome is unknown.
    const EFFECT: Effect;

    /// Returns the statement that runs this request alone.
    fn single_statement(&self) -> Statement;

    /// Runs all requests, which are sorted by profile, in one statement.
    fn load(
        connection: &mut AsyncPgConnection,
        requests: &[&Self],
    ) -> impl Future<Output = QueryResult<Vec<IndexedRow>>> + Send;

    /// Returns the profile that the request reads or writes.
    fn profile(&self) -> &ProfileRef;
}

/// A statement can update a row only once, so a batch has at most one update of each profile. If
/// two updates name the profile in different ways, only one of them gets a row.
impl BatchItem for ProfileUpdate {
    const EFFECT: Effect = Effect::Write;

    fn single_statement(&self) -> Statement {
        // Updates of user names are never batched, so the period does not matter.
        profiles::update(self, SignedDuration::ZERO)
    }

    async fn load(
        connection: &mut AsyncPgConnection,
        requests: &[&Self],
    ) -> QueryResult<Vec<IndexedRow>> {
        many::update(requests).load(connection).await
    }

    fn profile(&self) -> &ProfileRef {
        &self.who
    }
}

impl BatchItem for Lookup {
    const EFFECT: Effect = Effect::Read;

    fn single_statement(&self) -> Statement {
        match self.tenant {
            None => profiles::find(&self.who),
            Some(tenant) => profiles::find_in(tenant, &self.who),
        }
    }

    async fn load(
        connection: &mut AsyncPgConnection,
        requests: &[&Self],
    ) -> QueryResult<Vec<IndexedRow>> {
        match many::find_by_ids(requests) {
            Some(find) => Ok(assign(find.load(connection).await?, requests)),
            None => many::find(requests).load(connection).await,
        }
    }

    fn profile(&self) -> &ProfileRef {
        &self.who
    }
}

/// Assigns the rows to the lookups, which are sorted by id. A row may belong to several lookups.
fn assign(rows: Vec<KeyedRow>, lookups: &[&Lookup]) -> Vec<IndexedRow> {
    let mut assigned = Vec::with_capacity(lookups.len());
    for row in rows {
        let who = ProfileRef::Id(row.id);
        let first = lookups.partition_point(|lookup| lookup.who < who);
        let own = lookups.iter().enumerate().skip(first);
        let own = own.take_while(|(_, lookup)| lookup.who == who);
        let mut own = own.filter(|(_, lookup)| lookup.tenant.is_none_or(|id| id == row.tenant_id));
        // Nearly always the only one, so that nothing is copied.
        let Some((index, _)) = own.next() else {
            continue;
        };
        assigned.extend(own.map(|(index, _)| IndexedRow {
            index,
            profile: copy(&row.profile),
        }));
        assigned.push(IndexedRow {
            index,
            profile: row.profile,
        });
    }
    assigned
}

fn copy(profile: &deserialize::Result<Box<Profile>>) -> deserialize::Result<Box<Profile>> {
    profile.as_ref().map_err(|e| e.to_string().into()).cloned()
}

#[cfg(test)]
mod tests {
    use manyface_core::{ProfileId, TenantId, behaviour};
    use uuid::Uuid;

    use super::*;

    fn lookup(id: u128, tenant: Option<u128>) -> Lookup {
        Lookup {
            who: ProfileRef::Id(ProfileId(Uuid::from_u128(id))),
            tenant: tenant.map(|id| TenantId(Uuid::from_u128(id))),
        }
    }

    fn row(id: u128, is_good: bool) -> KeyedRow {
        let tenant_id = TenantId(Uuid::from_u128(7));
        let profile = Box::new(behaviour::new_profile(tenant_id));
        KeyedRow {
            id: ProfileId(Uuid::from_u128(id)),
            tenant_id,
            profile: is_good.then_some(profile).ok_or("unreadable".into()),
        }
    }

    #[test]
    fn each_lookup_gets_the_row_of_its_id_and_tenant() {
        let lookups = [
            lookup(1, None),
            lookup(1, Some(7)),
            lookup(1, Some(8)),
            lookup(2, None),
            lookup(3, Some(8)),
            lookup(4, Some(7)),
            lookup(4, None),
        ];
        let lookups: Vec<_> = lookups.iter().collect();
        let rows = vec![row(4, false), row(3, true), row(1, true)];
        let assigned = assign(rows, &lookups);
        let mut assigned: Vec<_> = assigned
            .into_iter()
            .map(|row| {
                (
                    row.index,
                    row.profile.map_err(|e| e.to_string()).map(|_| ()),
                )
            })
            .collect();
        assigned.sort_unstable();
        let broken = || Err("unreadable".to_owned());
        assert_eq!(
            assigned,
            [(0, Ok(())), (1, Ok(())), (5, broken()), (6, broken())]
        );
    }
}
