//! The columns of a stored profile.

/// What a column holds, which decides how a value gets out of a document and into a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, or JSON kept as text.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Number,
    /// A UUID.
    Id,
}

/// Who writes a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// Any update whose document names it; most dialects have it.
    Common,
    /// Any update whose document names it; few dialects have it.
    Rare,
    /// Only the statement that adds the profile.
    Creation,
    /// Every update.
    Revision,
}

/// One column of `profiles`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its name, which is also its key in documents.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Who writes it.
    pub(crate) writer: Writer,
}

const fn text(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        writer: Writer::Rare,
    }
}

const fn common(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        writer: Writer::Common,
    }
}

const fn flag(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Flag,
        writer: Writer::Rare,
    }
}

const fn fixed(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        writer: Writer::Creation,
    }
}

const fn revision(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Number,
        writer: Writer::Revision,
    }
}

/// All columns, in the order in which statements answer them and [`crate::row`] reads them.
pub(crate) const COLUMNS: [Column; 40] = [
    fixed("id", Kind::Id),
    fixed("tenant_id", Kind::Id),
    fixed("external_ids", Kind::Text),
    common("username"),
    common("username_key"),
    fixed("email", Kind::Text),
    common("display_name"),
    common("full_name"),
    common("given_name"),
    common("family_name"),
    common("bio"),
    common("avatar_image"),
    common("avatar_url"),
    common("country"),
    text("date_of_birth"),
    text("phone"),
    text("address"),
    text("user_type"),
    text("linkedin_url"),
    text("github_url"),
    text("twitter_url"),
    text("facebook_url"),
    text("website_url"),
    text("portfolio_url"),
    text("skills"),
    text("investment_interests"),
    text("technical_interests"),
    text("focus_area"),
    text("resume"),
    text("company_info"),
    flag("communication_preferences_phone"),
    flag("communication_preferences_email"),
    flag("platform_features_emails"),
    flag("activity_based_emails"),
    text("additional_data"),
    fixed("auth_provider", Kind::Text),
    text("facts"),
    fixed("created_at", Kind::Number),
    revision("updated_at"),
    revision("version"),
];

/// Which columns an update speaks of.
///
/// To speak of all of them costs PostgreSQL a fifth more, for columns that few updates name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// Those that most dialects have.
    Common,
    /// All that a document may name.
    Every,
}

impl Width {
    /// The width that is enough for a document with these keys.
    pub(crate) fn of<'a>(mut keys: impl Iterator<Item = &'a str>) -> Self {
        let is_common = |key| Self::Common.columns().any(|column| column.name == key);
        if keys.all(is_common) {
            Self::Common
        } else {
            Self::Every
        }
    }

    /// The columns that a document of this width may name.
    pub(crate) fn columns(self) -> impl Iterator<Item = Column> {
        COLUMNS
            .into_iter()
            .filter(move |column| match column.writer {
                Writer::Common => true,
                Writer::Rare => self == Self::Every,
                Writer::Creation | Writer::Revision => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rare_key_takes_every_column() {
        let width = |keys: &[&'static str]| Width::of(keys.iter().copied());
        assert_eq!(width(&[]), Width::Common);
        assert_eq!(width(&["country", "bio", "username_key"]), Width::Common);
        assert_eq!(width(&["bio", "phone"]), Width::Every);
        assert_eq!(width(&["facts"]), Width::Every);
    }
}
