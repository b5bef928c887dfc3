//! A patch as the columns of a stored profile.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::{Avatar, CatalogueId, Edit, Json, ProfilePatch};

/// What a patch writes into a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnValue<'a> {
    /// Nothing: the column is cleared.
    Null,
    /// Text. A [`Json`] value is text as well, because a database that parsed it would respell its
    /// numbers.
    Text(Cow<'a, str>),
    /// True or false.
    Flag(bool),
    /// Entries of the catalogue, kept as a JSON array.
    List(&'a [CatalogueId]),
}

impl Serialize for ColumnValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(list) => list.serialize(serializer),
        }
    }
}

impl ProfilePatch {
    /// The columns that the patch names, and what it writes there.
    pub fn columns(&self) -> Vec<(&'static str, ColumnValue<'_>)> {
        let Self {
            username,
            display_name,
            full_name,
            given_name,
            family_name,
            bio,
            avatar,
            country,
            date_of_birth,
            phone,
            address,
            user_type,
            linkedin_url,
            github_url,
            twitter_url,
            facebook_url,
            website_url,
            portfolio_url,
            skills,
            investment_interests,
            technical_interests,
            focus_area,
            resume,
            company_info,
            communication_preferences_phone,
            communication_preferences_email,
            platform_features_emails,
            activity_based_emails,
            additional_data,
            new_entries: _,
        } = self;
        let mut columns = Columns(Vec::with_capacity(8));
        if let Some(username) = username {
            columns.write("username", Some(username.as_str()));
            columns.write("username_key", Some(username.key()));
        }
        columns.text("display_name", display_name);
        columns.text("full_name", full_name);
        columns.text("given_name", given_name);
        columns.text("family_name", family_name);
        columns.text("bio", bio);
        columns.avatar(avatar);
        columns.edit("country", country, |country| country.alpha2().into());
        columns.edit("date_of_birth", date_of_birth, |date| {
            date.to_string().into()
        });
        columns.text("phone", phone);
        columns.json("address", address);
        columns.text("user_type", user_type);
        columns.text("linkedin_url", linkedin_url);
        columns.text("github_url", github_url);
        columns.text("twitter_url", twitter_url);
        columns.text("facebook_url", facebook_url);
        columns.text("website_url", website_url);
        columns.text("portfolio_url", portfolio_url);
        columns.list("skills", skills.as_deref());
        columns.list("investment_interests", investment_interests.as_deref());
        columns.list("technical_interests", technical_interests.as_deref());
        columns.list("focus_area", focus_area.as_deref());
        columns.text("resume", resume);
        columns.json("company_info", company_info);
        columns.flag(
            "communication_preferences_phone",
            *communication_preferences_phone,
        );
        columns.flag(
            "communication_preferences_email",
            *communication_preferences_email,
        );
        columns.flag("platform_features_emails", *platform_features_emails);
        columns.flag("activity_based_emails", *activity_based_emails);
        columns.json("additional_data", additional_data);
        columns.0
    }
}

struct Columns<'a>(Vec<(&'static str, ColumnValue<'a>)>);

impl<'a> Columns<'a> {
    fn write(&mut self, column: &'static str, text: Option<&'a str>) {
        let text = text.map(|text| ColumnValue::Text(text.into()));
        self.0.push((column, text.unwrap_or(ColumnValue::Null)));
    }

    fn edit<T>(
        &mut self,
        column: &'static str,
        edit: &'a Edit<T>,
        text: impl Fn(&'a T) -> Cow<'a, str>,
    ) {
        match edit {
            Edit::Keep => {}
            Edit::Clear => self.0.push((column, ColumnValue::Null)),
            Edit::Set(value) => self.0.push((column, ColumnValue::Text(text(value)))),
        }
    }

    fn text(&mut self, column: &'static str, edit: &'a Edit<String>) {
        self.edit(column, edit, Into::into);
    }

    fn json(&mut self, column: &'static str, edit: &'a Edit<Json>) {
        self.edit(column, edit, |json| json.as_str().into());
    }

    fn list(&mut self, column: &'static str, list: Option<&'a [CatalogueId]>) {
        if let Some(list) = list {
            self.0.push((column, ColumnValue::List(list)));
        }
    }

    fn flag(&mut self, column: &'static str, flag: Option<bool>) {
        if let Some(flag) = flag {
            self.0.push((column, ColumnValue::Flag(flag)));
        }
    }

    /// At most one of the two columns has a picture.
    fn avatar(&mut self, avatar: &'a Edit<Avatar>) {
        let (image, url) = match avatar {
            Edit::Keep => return,
            Edit::Clear => (None, None),
            Edit::Set(Avatar::Stored(id)) => (Some(id.as_str()), None),
            Edit::Set(Avatar::External(url)) => (None, Some(url.as_str())),
        };
        self.write("avatar_image", image);
        self.write("avatar_url", url);
    }
}
