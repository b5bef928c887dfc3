//! The views of a user, and a user in a view.

use manyface_core::{MediaUrls, Profile, ProfileOverride};
use manyface_dialect::{EntityTag, Request};

use crate::{
    NAME, WhopError,
    access::{BALANCE_READ, EMAIL_READ},
    changes,
    node::Object,
    target::Target,
    user::User,
    version::Version,
};

/// The view of a user that a request gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserView {
    pub(crate) version: Version,
    /// The account whose overrides apply.
    pub(crate) account: Option<String>,
    /// Whether the caller may see the balances.
    pub(crate) shows_balances: bool,
    /// Whether the caller may see the e-mail address.
    pub(crate) shows_email: bool,
}

/// A profile and the view in which it is returned.
#[derive(Clone, Debug)]
pub(crate) struct UserOutput {
    pub(crate) profile: Profile,
    pub(crate) overrides: ProfileOverride,
    /// The name of the view in entity tags.
    tag: String,
    view: UserView,
}

impl UserView {
    /// Returns the view of a `GET` of the same path. Private values are returned under `me` only, and
    /// only with their scopes.
    pub(crate) fn of_read(
        request: &Request,
        target: &Target,
        account: Option<String>,
        include_balance: bool,
    ) -> Result<Self, WhopError> {
        let is_self = *target == Target::Me;
        let caller = &request.caller;
        Ok(Self {
            version: Version::of(request)?,
            account,
            shows_balances: is_self && include_balance && caller.has_scope(BALANCE_READ),
            shows_email: is_self && caller.has_scope(EMAIL_READ),
        })
    }

    /// Returns the name of the view. A view with private values has another name.
    pub(crate) fn tag(&self) -> String {
        let mut tag = self.plain_tag();
        if self.shows_balances {
            tag.push_str(".balances");
        }
        if self.shows_email {
            tag.push_str(".email");
        }
        tag
    }

    fn plain_tag(&self) -> String {
        let version = self.version;
        match &self.account {
            Some(account) => format!("{NAME}-{version}-{account}"),
            None => format!("{NAME}-{version}"),
        }
    }

    /// Returns whether `tag` is the name of this view, with or without private values.
    pub(crate) fn matches_tag(&self, tag: &str) -> bool {
        let plain = self.plain_tag();
        let rest = tag.strip_prefix(plain.as_str());
        rest.is_some_and(|rest| ["", ".balances", ".email", ".balances.email"].contains(&rest))
    }
}

impl UserOutput {
    pub(crate) fn new(profile: Profile, overrides: ProfileOverride, view: UserView) -> Self {
        Self {
            profile,
            overrides,
            tag: view.tag(),
            view,
        }
    }

    /// Returns the output of a write, without private values. Its entity tag is that of the next
    /// `GET` (RFC 9110 §8.8).
    pub(crate) fn of_write(profile: Profile, overrides: ProfileOverride, view: UserView) -> Self {
        let mut output = Self::new(profile, overrides, view);
        output.view.shows_balances = false;
        output.view.shows_email = false;
        output
    }

    pub(crate) fn entity_tag(&self) -> EntityTag<'_> {
        EntityTag {
            revision: self.profile.revision(),
            view: &self.tag,
        }
    }

    /// Returns the response body.
    pub(crate) fn encode(self, media: &MediaUrls) -> Object {
        let UserView {
            shows_balances,
            shows_email,
            version,
            account: _,
        } = self.view;
        let (profile, overrides) = (self.profile, self.overrides);
        let user = User::new(profile, overrides, shows_balances, shows_email, media);
        changes::convert_user(&user, version)
    }
}
