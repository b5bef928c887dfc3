//! What accounts show, their keys and uploads, as rows.

use diesel::{
    backend::Backend,
    deserialize::{FromSql, QueryableByName, Result},
    row::NamedRow,
    sql_types::{BigInt, Bool, Text, Untyped},
};
use manyface_core::{
    ApiKey, Avatar, Creator, ImageId, InAccount, ProfileId, ProfileOverride, TenantId, Upload,
    UploadState,
};

use super::{Fields, Id};

/// A profile and what an account shows of it, or why the row is none.
pub(crate) struct InAccountRow(pub(crate) Result<InAccount>);

/// What an account shows.
pub(crate) struct OverrideRow(pub(crate) ProfileOverride);

/// The name of an account, and what it shows.
pub(crate) struct AccountRow(pub(crate) String, pub(crate) ProfileOverride);

pub(crate) struct UploadRow(pub(crate) Upload);

pub(crate) struct ApiKeyRow(pub(crate) ApiKey);

impl InAccountRow {
    /// The profile and the override, where the row is one.
    pub(crate) fn read(self) -> manyface_core::Result<InAccount> {
        self.0.map_err(manyface_core::Error::Storage)
    }
}

impl<DB> QueryableByName<DB> for InAccountRow
where
    DB: Backend,
    Id: FromSql<Untyped, DB>,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        let mut fields = Fields::of(row);
        let profile = fields.profile();
        let shown = fields.shown();
        Ok(Self(profile.and_then(|profile| Ok((profile, shown?)))))
    }
}

impl<DB> QueryableByName<DB> for OverrideRow
where
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        Fields::of(row).shown().map(Self)
    }
}

impl<DB> QueryableByName<DB> for AccountRow
where
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        let mut fields = Fields::of(row);
        Ok(Self(fields.text()?, fields.shown()?))
    }
}

impl<DB> QueryableByName<DB> for UploadRow
where
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        let mut fields = Fields::of(row);
        Ok(Self(Upload {
            id: fields.text()?,
            creator: creator(
                fields.text_or_none()?,
                fields.text_or_none()?,
                TenantId(fields.parsed()?),
            )?,
            filename: fields.text()?,
            media_type: fields.text()?,
            announced_size: fields.number_or_none()?.map(u64::try_from).transpose()?,
            is_public: fields.flag()?,
            state: state(
                &fields.text()?,
                fields.text_or_none()?,
                fields.number_or_none()?,
            )?,
            created_at: fields.instant()?,
            expires_at: fields.instant()?,
            is_used: fields.flag()?,
        }))
    }
}

fn creator(profile: Option<String>, account: Option<String>, tenant: TenantId) -> Result<Creator> {
    match (profile, account) {
        (Some(id), None) => Ok(Creator::Profile(ProfileId(id.parse()?))),
        (None, Some(account)) => Ok(Creator::Program(tenant, account)),
        (Some(_), Some(_)) | (None, None) => Err("an upload has one creator".into()),
    }
}

fn state(state: &str, image: Option<String>, size: Option<i64>) -> Result<UploadState> {
    match (state, image, size) {
        ("pending", _, _) => Ok(UploadState::Pending),
        ("processing", _, _) => Ok(UploadState::Processing),
        ("failed", _, _) => Ok(UploadState::Failed),
        ("ready", Some(image), Some(size)) => Ok(UploadState::Ready {
            image: ImageId::from_stored(image),
            size: size.try_into()?,
        }),
        _ => Err("no such state of an upload".into()),
    }
}

impl<DB> QueryableByName<DB> for ApiKeyRow
where
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        let mut fields = Fields::of(row);
        Ok(Self(ApiKey {
            id: fields.text()?,
            dialect: fields.text()?,
            app: fields.text_or_none()?,
            accounts: fields.json()?,
            tenant_id: TenantId(fields.parsed()?),
            scopes: fields.json()?,
            api_version: fields.text_or_none()?,
            created_at: fields.instant()?,
            revoked_at: fields
                .number_or_none()?
                .map(jiff::Timestamp::from_microsecond)
                .transpose()?,
        }))
    }
}

impl<'data, R, DB> Fields<'_, R, DB>
where
    R: diesel::row::Row<'data, DB>,
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
{
    /// What an account shows, as [`crate::wording`] has it.
    fn shown(&mut self) -> Result<ProfileOverride> {
        Ok(ProfileOverride {
            display_name: self.text_or_none()?,
            bio: self.text_or_none()?,
            avatar: Avatar::from_stored(self.text_or_none()?, self.text_or_none()?),
        })
    }
}
