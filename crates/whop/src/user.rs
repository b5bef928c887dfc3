//! Users in the form of the newest version.

use manyface_core::{MediaUrls, Profile, ProfileOverride};
use manyface_dialect::wire_time;

use crate::{
    NAME, external_id,
    holdings::{Holdings, Transit},
    node::{Node, Object},
    operator_data::{OperatorData, Verification},
};

/// A user, independent of versions.
#[derive(Clone, Debug)]
pub(crate) struct User {
    id: String,
    username: String,
    name: Option<String>,
    bio: Option<String>,
    created_at: String,
    email: Option<String>,
    /// The URL of the user's image.
    image: Option<String>,
    /// A placeholder for users without an image.
    placeholder: String,
    holdings: Option<Holdings>,
    verification: Verification,
}

impl User {
    /// Returns the user of `profile` with the overrides of an account. Private values are included
    /// only if `shows_balances` and `shows_email` are set.
    pub(crate) fn new(
        profile: Profile,
        overrides: ProfileOverride,
        shows_balances: bool,
        shows_email: bool,
        media: &MediaUrls,
    ) -> Self {
        let OperatorData {
            balances,
            verification,
        } = OperatorData::of(&profile);
        let ProfileOverride {
            display_name,
            bio,
            avatar,
        } = overrides;
        let id = match profile.external_ids.get(NAME) {
            Some(id) => id.clone(),
            None => external_id::mint(&profile),
        };
        let avatar = avatar.or(profile.avatar);
        Self {
            id,
            username: profile.username.as_str().to_owned(),
            name: display_name.or(profile.display_name),
            bio: bio.or(profile.bio),
            created_at: wire_time(profile.created_at),
            email: Some(profile.email).filter(|_| shows_email),
            image: avatar.and_then(|avatar| media.avatar(&avatar)),
            placeholder: media.placeholder(profile.id).unwrap_or_default(),
            holdings: balances.filter(|_| shows_balances),
            verification,
        }
    }

    /// Returns the user in the form of the newest version.
    pub(crate) fn newest(&self) -> Object {
        let image = self.image.as_ref().unwrap_or(&self.placeholder);
        Object::from([
            ("id", self.id.as_str().into()),
            ("balance", self.balance(Transit::Separate)),
            ("balance_history", Node::Null),
            ("balances", self.balances(Transit::Separate)),
            ("banner", Node::Null),
            ("bio", Node::string_or_null(self.bio.as_deref())),
            ("cards", Node::Null),
            ("created_at", self.created_at.as_str().into()),
            ("earnings_usd", Node::Null),
            ("email", Node::string_or_null(self.email.as_deref())),
            ("level", Node::Null),
            ("name", Node::string_or_null(self.name.as_deref())),
            ("profile_picture", url_object(image)),
            ("social_links", Node::Array(Vec::new())),
            ("total_usd", self.total_usd()),
            ("trading", Node::Null),
            ("username", self.username.as_str().into()),
            ("verification", self.verification.into()),
            ("whop_partner_enabled_at", Node::Null),
            ("whop_partner_onboarded_accounts_count", Node::Null),
            ("whop_partner_verified_at", Node::Null),
        ])
    }

    /// Returns the image of the user, or null if only the placeholder exists.
    pub(crate) fn image_or_null(&self) -> Node {
        self.image.as_deref().map_or(Node::Null, url_object)
    }

    /// Returns the holdings by kind, or null if they are unknown or private.
    pub(crate) fn balance(&self, transit: Transit) -> Node {
        let holdings = self.holdings.as_ref();
        holdings.map_or(Node::Null, |holdings| holdings.nested(transit))
    }

    /// Returns the holdings as a flat list, which is empty if they are unknown or private.
    pub(crate) fn balances(&self, transit: Transit) -> Node {
        let holdings = self.holdings.as_ref();
        holdings.map_or(Node::Array(Vec::new()), |holdings| holdings.flat(transit))
    }

    /// Returns the value of the holdings, or null if they are unknown or private.
    pub(crate) fn total_usd(&self) -> Node {
        Node::string_or_null(self.holdings.as_ref().map(Holdings::total_usd))
    }
}

fn url_object(text: &str) -> Node {
    Object::from([("url", text.into())]).into()
}
