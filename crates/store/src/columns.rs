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
    /// Any update whose document names it.
    Document,
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
        writer: Writer::Document,
    }
}

const fn flag(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Flag,
        writer: Writer::Document,
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
    text("username"),
    text("username_key"),
    fixed("email", Kind::Text),
    text("display_name"),
    text("full_name"),
    text("given_name"),
    text("family_name"),
    text("bio"),
    text("avatar_image"),
    text("avatar_url"),
    text("country"),
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

/// The columns that a document may change, common ones first.
pub(crate) fn patchable() -> impl Iterator<Item = Column> {
    COLUMNS
        .into_iter()
        .filter(|column| column.writer == Writer::Document)
}
