//! Overrides: the values that an account shows in place of those of the profile.

use async_trait::async_trait;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    Avatar, Edit, Error, Field, PatchDocument, Profile, ProfileId, ProfileRef, Provenance, Result,
    Revision, TenantId, Violation, ports::check_target,
};

/// The fields that an account overrides; all others are the profile's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Profile`")]
pub struct ProfileOverride {
    pub display_name: Option<String>,
    pub bio: Option<String>,
    pub avatar: Option<Avatar>,
}

/// A change to a [`ProfileOverride`]. A cleared field shows the profile's value again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `Profile`")]
pub struct OverridePatch {
    pub display_name: Edit<String>,
    pub bio: Edit<String>,
    pub avatar: Edit<Avatar>,
}

impl ProfileOverride {
    /// Returns whether the account overrides nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl OverridePatch {
    /// Returns the patch that changes `before` to `after`.
    pub fn between(before: &ProfileOverride, after: &ProfileOverride) -> Self {
        fn edit<T: Clone + PartialEq>(before: Option<&T>, after: Option<&T>) -> Edit<T> {
            match after {
                after if after == before => Edit::Keep,
                Some(value) => Edit::Set(value.clone()),
                None => Edit::Clear,
            }
        }
        Self {
            display_name: edit(before.display_name.as_ref(), after.display_name.as_ref()),
            bio: edit(before.bio.as_ref(), after.bio.as_ref()),
            avatar: edit(before.avatar.as_ref(), after.avatar.as_ref()),
        }
    }

    /// Applies the patch to `shown`.
    pub fn apply(self, shown: &mut ProfileOverride) {
        let Self {
            display_name,
            bio,
            avatar,
        } = self;
        display_name.apply(&mut shown.display_name);
        bio.apply(&mut shown.bio);
        avatar.apply(&mut shown.avatar);
    }

    /// Returns the fields of `shown` that the patch would change.
    pub fn changed_fields(&self, shown: &ProfileOverride) -> Vec<Field> {
        let Self {
            display_name,
            bio,
            avatar,
        } = self;
        let fields = [
            (
                Field::DisplayName,
                display_name.changes(&shown.display_name),
            ),
            (Field::Bio, bio.changes(&shown.bio)),
            (Field::Avatar, avatar.changes(&shown.avatar)),
        ];
        let changed = |(field, changes): (Field, bool)| changes.then_some(field);
        fields.into_iter().filter_map(changed).collect()
    }

    /// Returns whether the patch sets a field to the profile's own value.
    pub fn repeats(&self, profile: &Profile) -> bool {
        sets(&self.display_name, profile.display_name.as_ref())
            || sets(&self.bio, profile.bio.as_ref())
            || sets(&self.avatar, profile.avatar.as_ref())
    }

    /// Drops edits that set a field without an override to the profile's own value, which the
    /// account shows already.
    pub fn keep_inherited(&mut self, profile: &Profile, shown: &ProfileOverride) {
        let Self {
            display_name,
            bio,
            avatar,
        } = self;
        if shown.display_name.is_none() && sets(display_name, profile.display_name.as_ref()) {
            *display_name = Edit::Keep;
        }
        if shown.bio.is_none() && sets(bio, profile.bio.as_ref()) {
            *bio = Edit::Keep;
        }
        if shown.avatar.is_none() && sets(avatar, profile.avatar.as_ref()) {
            *avatar = Edit::Keep;
        }
    }

    /// Returns the patch as one flat JSON object, in the format of [`PatchDocument`].
    ///
    /// # Panics
    ///
    /// Never: strings serialize to JSON.
    pub fn document(&self) -> PatchDocument {
        let text = serde_json::to_string(&Columns(self));
        PatchDocument::from_stored(text.expect("strings serialize to JSON"))
    }
}

fn sets<T: PartialEq>(edit: &Edit<T>, own: Option<&T>) -> bool {
    matches!((edit, own), (Edit::Set(value), Some(own)) if value == own)
}

struct Columns<'a>(&'a OverridePatch);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OverridePatch {
            display_name,
            bio,
            avatar,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        for (name, edit) in [("display_name", display_name), ("bio", bio)] {
            match edit {
                Edit::Keep => {}
                Edit::Clear => map.serialize_entry(name, &())?,
                Edit::Set(text) => map.serialize_entry(name, text)?,
            }
        }
        let picture = match avatar {
            Edit::Keep => None,
            Edit::Clear => Some((None, None)),
            Edit::Set(Avatar::Stored(id)) => Some((Some(id.as_str()), None)),
            Edit::Set(Avatar::External(url)) => Some((None, Some(url.as_str()))),
        };
        if let Some((image, url)) = picture {
            map.serialize_entry("avatar_image", &image)?;
            map.serialize_entry("avatar_url", &url)?;
        }
        map.end()
    }
}

/// An update of the overrides of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct OverrideUpdate {
    /// The profile.
    pub who: ProfileRef,
    /// The account.
    pub account: String,
    /// The tenant that the profile must belong to; `None` for any.
    pub tenant: Option<TenantId>,
    /// The changes.
    pub patch: OverridePatch,
    /// The expected revision of the profile; `None` for any.
    pub expected: Option<Revision>,
    /// Whether the update fails with [`Error::VersionMismatch`] if the patch sets a field to the
    /// profile's own value, which the account may show already.
    pub must_differ: bool,
    /// The upload that the patch uses as the avatar, as in [`crate::ProfileUpdate::upload`].
    pub upload: Option<Box<str>>,
    /// The maximum number of accounts with overrides of the profile.
    pub max_accounts: u32,
    /// The origin of the change, for the history.
    pub provenance: Provenance,
}

impl OverrideUpdate {
    /// Returns the history document of the write: the patch, under the account's name.
    pub fn history(&self) -> PatchDocument {
        let account = serde_json::Value::from(self.account.as_str());
        let patch = self.patch.document();
        let document = format!("{{\"overrides\":{{{account}:{patch}}}}}");
        PatchDocument::from_stored(document).undoing(self.provenance.undoes)
    }
}

/// A profile, and the overrides of an account.
pub type ProfileInAccount = (Profile, ProfileOverride);

/// The store of overrides. They are part of their profile: a write increments the version of the
/// profile and adds an entry to its history, and they are removed with the profile.
#[async_trait]
pub trait Overrides: Send + Sync {
    /// Reads a profile and its overrides of `account`; returns `None` if the profile does not exist
    /// or does not belong to `tenant`.
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<ProfileInAccount>>;

    /// Applies one patch atomically, like [`crate::ProfileRepository::update`]; returns `None` if
    /// the profile does not exist in the update's tenant.
    ///
    /// [`Error::QuotaExceeded`] if more than [`OverrideUpdate::max_accounts`] accounts would have
    /// overrides.
    async fn update_override(&self, update: OverrideUpdate) -> Result<Option<ProfileInAccount>>;

    /// Returns all overrides of a profile, by account.
    async fn overrides_of(&self, id: ProfileId) -> Result<Vec<(String, ProfileOverride)>>;
}

/// Checks that `update` may be applied to `profile` with the overrides `shown`, and returns whether
/// it would change anything.
pub fn check_override_update(
    profile: &Profile,
    shown: &ProfileOverride,
    update: &OverrideUpdate,
) -> Result<bool> {
    check_target(profile, update.tenant, update.expected)?;
    if update.must_differ && update.patch.repeats(profile) {
        return Err(Error::VersionMismatch);
    }
    Ok(!update.patch.changed_fields(shown).is_empty())
}

/// Returns whether `update` adds the first override of an account that has the overrides `shown`.
pub fn adds_override(shown: &ProfileOverride, update: &OverrideUpdate) -> bool {
    let mut after = shown.clone();
    update.patch.clone().apply(&mut after);
    shown.is_empty() && !after.is_empty()
}

/// A store without overrides, which rejects every request for an account.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOverrides;

fn rejected<T>() -> Result<T> {
    let violation = Violation::new(Field::Account, "cannot be used here");
    Err(Error::Invalid(vec![violation]))
}

#[async_trait]
impl Overrides for NoOverrides {
    async fn find_override(
        &self,
        _: Option<TenantId>,
        _: &ProfileRef,
        _: &str,
    ) -> Result<Option<ProfileInAccount>> {
        rejected()
    }

    async fn update_override(&self, _: OverrideUpdate) -> Result<Option<ProfileInAccount>> {
        rejected()
    }

    async fn overrides_of(&self, _: ProfileId) -> Result<Vec<(String, ProfileOverride)>> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageId, WebUrl};

    #[test]
    fn the_document_has_the_named_fields() {
        let patch = OverridePatch {
            display_name: Edit::Set("A \"b\"".to_owned()),
            bio: Edit::Clear,
            avatar: Edit::Keep,
        };
        let text = r#"{"display_name":"A \"b\"","bio":null}"#;
        assert_eq!(patch.document().as_str(), text);
        let image = ImageId::of_digest([1; 32]);
        let url = WebUrl::from_stored("https://a.example".to_owned());
        for (avatar, text) in [
            (
                Edit::Clear,
                r#"{"avatar_image":null,"avatar_url":null}"#.to_owned(),
            ),
            (
                Edit::Set(Avatar::Stored(image.clone())),
                format!(r#"{{"avatar_image":"{image}","avatar_url":null}}"#),
            ),
            (
                Edit::Set(Avatar::External(url)),
                r#"{"avatar_image":null,"avatar_url":"https://a.example"}"#.to_owned(),
            ),
        ] {
            let patch = OverridePatch {
                avatar,
                ..OverridePatch::default()
            };
            assert_eq!(patch.document().as_str(), text);
        }
    }
}
