//! The canonical profile.

use std::{collections::BTreeMap, fmt};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    CatalogueId, Country, ImageId, Json, ProfileId, ProfileRef, Revision, TenantId, Username,
    WebUrl,
};

/// The data of a user, independent of the dialect.
///
/// The four names are separate fields, which no write splits or joins. `None` is an unset field,
/// whether it was never set or was cleared.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are four settings of the user, not states"
)]
pub struct Profile {
    /// The canonical id, which few dialects expose.
    pub id: ProfileId,
    /// The tenant that the profile belongs to.
    pub tenant_id: TenantId,
    /// The ids of this profile by dialect.
    pub external_ids: DialectMap<String>,
    /// The unique user name.
    pub username: Username,
    /// The email address, as the account system provided it.
    pub email: String,
    /// The preferred name of the user.
    pub display_name: Option<String>,
    /// The full name.
    pub full_name: Option<String>,
    /// OIDC `given_name`.
    pub given_name: Option<String>,
    /// OIDC `family_name`.
    pub family_name: Option<String>,
    /// A description of the user.
    pub bio: Option<String>,
    /// The user's image.
    pub avatar: Option<Avatar>,
    /// The user's country.
    pub country: Option<Country>,
    /// A civil date, without a time zone.
    pub date_of_birth: Option<Date>,
    /// A telephone number, as typed.
    pub phone: Option<String>,
    /// Any JSON value.
    pub address: Option<Json>,
    /// One of the deployment's user types, which grant no permissions.
    pub user_type: Option<String>,
    /// A link.
    pub linkedin_url: Option<String>,
    /// A link.
    pub github_url: Option<String>,
    /// A link.
    pub twitter_url: Option<String>,
    /// A link.
    pub facebook_url: Option<String>,
    /// A link.
    pub website_url: Option<String>,
    /// A link.
    pub portfolio_url: Option<String>,
    /// Catalogue entries, in the user's order.
    pub skills: Vec<CatalogueId>,
    /// Catalogue entries, in the user's order.
    pub investment_interests: Vec<CatalogueId>,
    /// Catalogue entries, in the user's order.
    pub technical_interests: Vec<CatalogueId>,
    /// Catalogue entries (tags), in the user's order.
    pub focus_area: Vec<CatalogueId>,
    /// The résumé: a URL or the name of a stored file.
    pub resume: Option<String>,
    /// Any JSON value.
    pub company_info: Option<Json>,
    /// Whether the user wants to be contacted by telephone.
    pub communication_preferences_phone: bool,
    /// Whether the user wants to be contacted by email.
    pub communication_preferences_email: bool,
    /// Whether the user wants emails about new features.
    pub platform_features_emails: bool,
    /// Whether the user wants emails about activity.
    pub activity_based_emails: bool,
    /// Any JSON value.
    pub additional_data: Option<Json>,
    /// The provider of the user, which owns the legal names and the email address.
    pub auth_provider: AuthProvider,
    /// Operator data by dialect. Read-only to users.
    pub operator_data: DialectMap<Json>,
    /// The time of the suspension, in microseconds; `None` if the user is active. The credentials
    /// of a suspended user are rejected.
    pub suspended_at: Option<Timestamp>,
    /// The creation time, in microseconds.
    pub created_at: Timestamp,
    /// The time of the last change, in microseconds.
    pub updated_at: Timestamp,
    /// The version, which starts at 1 and increments with each change.
    pub version: i64,
}

impl Profile {
    /// Returns whether `who` refers to this profile. Always false for [`ProfileRef::Identity`],
    /// because identities are not part of the profile.
    pub fn is_called(&self, who: &ProfileRef) -> bool {
        match who {
            ProfileRef::Id(id) => self.id == *id,
            ProfileRef::External { dialect, id } => self.external_ids.get(&**dialect) == Some(id),
            ProfileRef::Username(key) => self.username.key() == key,
            ProfileRef::Identity { .. } => false,
        }
    }

    /// Creates a profile with all optional fields unset.
    pub fn new(
        id: ProfileId,
        tenant_id: TenantId,
        username: Username,
        email: String,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant_id,
            external_ids: DialectMap::default(),
            username,
            email,
            display_name: None,
            full_name: None,
            given_name: None,
            family_name: None,
            bio: None,
            avatar: None,
            country: None,
            date_of_birth: None,
            phone: None,
            address: None,
            user_type: None,
            linkedin_url: None,
            github_url: None,
            twitter_url: None,
            facebook_url: None,
            website_url: None,
            portfolio_url: None,
            skills: Vec::new(),
            investment_interests: Vec::new(),
            technical_interests: Vec::new(),
            focus_area: Vec::new(),
            resume: None,
            company_info: None,
            communication_preferences_phone: false,
            communication_preferences_email: false,
            platform_features_emails: false,
            activity_based_emails: false,
            additional_data: None,
            auth_provider: AuthProvider::Local,
            operator_data: DialectMap::default(),
            suspended_at: None,
            created_at: crate::model::to_micros(created_at),
            updated_at: crate::model::to_micros(created_at),
            version: 1,
        }
    }

    /// Returns the revision of the profile.
    pub fn revision(&self) -> Revision {
        Revision {
            version: self.version,
            updated_at: self.updated_at,
        }
    }
}

/// Values by the name of the dialect.
pub type DialectMap<T> = BTreeMap<String, T>;

/// A user's image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Avatar {
    /// An image that the deployment stores.
    Stored(ImageId),
    /// An external image, which is never fetched.
    External(WebUrl),
}

impl Avatar {
    /// Converts the two stored columns, of which at most one is set.
    pub fn from_stored(image: Option<String>, url: Option<String>) -> Option<Self> {
        let url = || url.map(|url| Self::External(WebUrl::from_stored(url)));
        let image = image.map(|id| Self::Stored(ImageId::from_stored(id)));
        image.or_else(url)
    }
}

/// The provider of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthProvider {
    /// The deployment itself.
    #[default]
    Local,
    /// An OpenID Connect (OIDC) provider.
    Oidc,
    /// A SAML identity provider.
    Saml,
}

impl AuthProvider {
    /// Returns the provider's name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Oidc => "oidc",
            Self::Saml => "saml",
        }
    }

    /// Parses the result of [`AuthProvider::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Local, Self::Oidc, Self::Saml]
            .into_iter()
            .find(|provider| provider.as_str() == text)
    }
}

impl fmt::Display for AuthProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
