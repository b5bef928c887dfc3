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
    /// Any patch that names it. It is a user name, which has to be unique.
    Name,
    /// Any patch that names it; most patches name one of these and no others.
    Basic,
    /// Any patch that names it; most dialects have it.
    Common,
    /// Any patch that names it; few dialects have it.
    Rare,
    /// Only operators, and the statement that adds the profile.
    Operator,
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

const fn basic(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        writer: Writer::Basic,
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

const fn unique(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        writer: Writer::Name,
    }
}

const fn fixed(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        writer: Writer::Operator,
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
    unique("username"),
    unique("username_key"),
    fixed("email", Kind::Text),
    basic("display_name"),
    common("full_name"),
    common("given_name"),
    common("family_name"),
    basic("bio"),
    // Looked up by an index, which a statement that names it would write anew.
    text("avatar_image"),
    text("avatar_url"),
    basic("country"),
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
    fixed("facts", Kind::Text),
    fixed("created_at", Kind::Number),
    revision("updated_at"),
    revision("version"),
];

/// Which columns an update speaks of.
///
/// To speak of all of them costs more, for columns that few updates name: PostgreSQL evaluates an
/// expression or two for each, and SQLite writes the index of user names anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Width {
    /// The few that most patches name.
    Basic,
    /// Those that most dialects have, without the user name.
    Common,
    /// All but the user name.
    Rare,
    /// All that a patch may name.
    Every,
}

impl Width {
    /// All of them, from the narrowest to the widest.
    pub(crate) const ALL: [Self; 4] = [Self::Basic, Self::Common, Self::Rare, Self::Every];

    /// The narrowest width that has a column.
    pub(crate) fn of(name: &str) -> Self {
        let has = |width: &Self| width.columns().any(|column| column.name == name);
        Self::ALL.into_iter().find(has).unwrap_or(Self::Every)
    }

    /// The columns that a patch of this width may name.
    pub(crate) fn columns(self) -> impl Iterator<Item = Column> {
        COLUMNS
            .into_iter()
            .filter(move |column| match column.writer {
                Writer::Basic => true,
                Writer::Common => self >= Self::Common,
                Writer::Rare => self >= Self::Rare,
                Writer::Name => self >= Self::Every,
                Writer::Operator | Writer::Revision => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_its_narrowest_width() {
        assert_eq!(Width::of("bio"), Width::Basic);
        assert_eq!(Width::of("full_name"), Width::Common);
        assert_eq!(Width::of("phone"), Width::Rare);
        assert_eq!(Width::of("username_key"), Width::Every);
        for width in Width::ALL {
            assert!(
                width
                    .columns()
                    .all(|column| Width::of(column.name) <= width)
            );
        }
    }

    #[test]
    fn each_width_stands_at_its_number() {
        for (place, width) in Width::ALL.into_iter().enumerate() {
            assert_eq!(width as usize, place);
        }
    }
}
