//! A user as the newest version shows it; older ones step back from that.

use manyface_core::{MediaUrls, Profile, ProfileOverride};
use manyface_dialect::{EntityTag, Request, wire_time};

use crate::{
    NAME, WhopError,
    access::{BALANCE_READ, EMAIL_READ},
    changes, external_id,
    holdings::{Holdings, Transit},
    node::{Node, Object},
    operator_data::{OperatorData, Verification},
    request::Target,
    version::Version,
};

/// How a profile is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserView {
    pub(crate) version: Version,
    /// The account in which it is shown.
    pub(crate) account: Option<String>,
    /// Whether the caller may see what the user holds.
    pub(crate) shows_balances: bool,
    /// Whether the caller may see where the user gets mail.
    pub(crate) shows_email: bool,
}

/// The result of an action, and how it is shown.
#[derive(Clone, Debug)]
pub(crate) struct ShownUser {
    pub(crate) profile: Profile,
    pub(crate) in_account: ProfileOverride,
    /// The view's name, in entity tags.
    tag: String,
    view: UserView,
}

impl UserView {
    /// How `GET` of the same path shows a user. What is the user's alone is shown under `me` only,
    /// where the scopes allow it.
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

    /// The view's name. What is shown to the user alone is another representation.
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

    /// Whether `tag` is this view's name, whatever is shown in it to the user alone.
    pub(crate) fn is_called(&self, tag: &str) -> bool {
        let plain = self.plain_tag();
        let rest = tag.strip_prefix(plain.as_str());
        rest.is_some_and(|rest| ["", ".balances", ".email", ".balances.email"].contains(&rest))
    }
}

impl ShownUser {
    pub(crate) fn new(profile: Profile, in_account: ProfileOverride, view: UserView) -> Self {
        Self {
            profile,
            in_account,
            tag: view.tag(),
            view,
        }
    }

    /// The response to a write, without the user's private values. Its tag is that of
    /// `view`, as a following `GET` has it (RFC 9110 §8.8).
    pub(crate) fn of_write(profile: Profile, in_account: ProfileOverride, view: UserView) -> Self {
        let mut shown = Self::new(profile, in_account, view);
        shown.view.shows_balances = false;
        shown.view.shows_email = false;
        shown
    }

    pub(crate) fn entity_tag(&self) -> EntityTag<'_> {
        EntityTag {
            revision: self.profile.revision(),
            view: &self.tag,
        }
    }

    /// The response's body.
    pub(crate) fn encode(self, media: &MediaUrls) -> Object {
        let version = self.view.version;
        changes::show(&User::of(self, media), version)
    }
}

/// A user, independent of the version.
#[derive(Clone, Debug)]
pub(crate) struct User {
    id: String,
    username: String,
    name: Option<String>,
    bio: Option<String>,
    created_at: String,
    email: Option<String>,
    /// The URL of the user's image.
    picture: Option<String>,
    /// A placeholder for users without an image.
    placeholder: String,
    holdings: Option<Holdings>,
    verification: Verification,
}

impl User {
    pub(crate) fn of(shown: ShownUser, media: &MediaUrls) -> Self {
        let ShownUser {
            profile,
            in_account,
            tag: _,
            view,
        } = shown;
        let OperatorData {
            balances,
            verification,
        } = OperatorData::of(&profile);
        let ProfileOverride {
            display_name,
            bio,
            avatar,
        } = in_account;
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
            email: Some(profile.email).filter(|_| view.shows_email),
            picture: avatar.and_then(|avatar| media.avatar(&avatar)),
            placeholder: media.placeholder(profile.id).unwrap_or_default(),
            holdings: balances.filter(|_| view.shows_balances),
            verification,
        }
    }

    /// The newest shape.
    pub(crate) fn newest(&self) -> Object {
        let picture = self.picture.as_ref().unwrap_or(&self.placeholder);
        Object::from([
            ("id", self.id.as_str().into()),
            ("balance", self.balance(Transit::Apart)),
            ("balance_history", Node::Null),
            ("balances", self.balances(Transit::Apart)),
            ("banner", Node::Null),
            ("bio", Node::text_or_null(self.bio.as_deref())),
            ("cards", Node::Null),
            ("created_at", self.created_at.as_str().into()),
            ("earnings_usd", Node::Null),
            ("email", Node::text_or_null(self.email.as_deref())),
            ("level", Node::Null),
            ("name", Node::text_or_null(self.name.as_deref())),
            ("profile_picture", url(picture)),
            ("social_links", Node::List(Vec::new())),
            ("total_usd", self.total_usd()),
            ("trading", Node::Null),
            ("username", self.username.as_str().into()),
            ("verification", self.verification.into()),
            ("whop_partner_enabled_at", Node::Null),
            ("whop_partner_onboarded_accounts_count", Node::Null),
            ("whop_partner_verified_at", Node::Null),
        ])
    }

    /// The image that the user has set, or null.
    pub(crate) fn set_picture(&self) -> Node {
        self.picture.as_deref().map_or(Node::Null, url)
    }

    /// The holdings by their kinds.
    pub(crate) fn balance(&self, transit: Transit) -> Node {
        let holdings = self.holdings.as_ref();
        holdings.map_or(Node::Null, |holdings| holdings.nested(transit))
    }

    /// The holdings one after the other; none where they are not known.
    pub(crate) fn balances(&self, transit: Transit) -> Node {
        let holdings = self.holdings.as_ref();
        holdings.map_or(Node::List(Vec::new()), |holdings| holdings.flat(transit))
    }

    /// Returns the value of the holdings.
    pub(crate) fn total_usd(&self) -> Node {
        Node::text_or_null(self.holdings.as_ref().map(Holdings::total_usd))
    }
}

fn url(text: &str) -> Node {
    Object::from([("url", text.into())]).into()
}
