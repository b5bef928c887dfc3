//! What `openapi.json` says, and the test that it still does.

mod schemas;

pub(crate) use schemas::{
    auth_provider, details, display_name, email, first_name, id, last_name, notices, picture,
    shown_display_name, shown_first_name, shown_last_name, shown_name, shown_picture,
};

use http::HeaderValue;
use manyface_core::{
    AuthProvider, Error, Field, Image, Profile, ProfileId, TenantId, Timestamp, Username,
    Violation, behaviour,
};
use manyface_dialect::{
    Call, TENANT_ID, WireError,
    openapi::{self, Document, Operation},
};

use crate::{
    TenantError, dialect,
    error::Failure,
    get_profile::GetProfile,
    profile::{MAX_PICTURE, Shown, UserProfile},
    update_profile::{Body, MAX_NAME, UpdateProfile},
};

const ABOUT: &str = "\
The profile of the user who is signed in, within one tenant, served by manyface.

Every request names its tenant in `X-Tenant-ID`, which must be the credential's own. Every failure \
is an object with a `code` for programs and a `message` for people. Requests that are refused \
change nothing.

Texts are trimmed, put into Unicode normalisation form C, and counted in characters (Unicode \
scalar values) after that. Keys that are not documented are ignored.";

const TAG: &str = "users";
const TENANT: &str = "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0";
const OTHER: &str = "00000000-0000-0000-0000-000000000001";

#[test]
fn openapi_json_is_what_the_code_says() {
    let mut document = Document::of(dialect(), "Tenant profile API", ABOUT);
    document.contract("https://jitsudo-docs.pages.dev/api/operations/updateuserprofile/");
    document.tag(TAG, "The caller's own profile.");
    document.bearer("bearer", "JWT", "A token of a tenant's user (RFC 6750).");
    document.failure::<Failure<'_>>();
    document.request_header(
        "X-Tenant-ID",
        "The tenant that the request is for. It must be the credential's, and stand there once.",
        schemas::tenant(TENANT),
        true,
    );
    document.add(get_profile());
    document.add(update_profile());
    document.check(env!("CARGO_MANIFEST_DIR"), env!("CARGO_PKG_NAME"));
}

fn get_profile() -> Operation {
    let mut get = Operation::of::<GetProfile>(sample());
    get.says(
        TAG,
        "Get current user's profile",
        "The profile as the tenant's user has it.",
    );
    get.answers::<UserProfile>();
    get.shows_answer::<GetProfile>("full", "The profile.", full());
    get.shows_answer::<GetProfile>("empty", "A user who has set nothing.", empty());
    tenants(&mut get);
    get
}

fn update_profile() -> Operation {
    let mut update = Operation::of::<UpdateProfile>(sample());
    update.says(
        TAG,
        "Update current user's profile",
        "Changes the fields that are there, and no other. An empty name clears it; null removes \
         the picture. Where `auth_provider` is `oidc` or `saml`, that provider owns `first_name` \
         and `last_name`: they may be sent unchanged.",
    );
    update.reads::<Body>("What to change.");
    update.asks(
        "names",
        "Three names at once",
        r#"{"first_name":"Ada","last_name":"Lovelace","display_name":"Ada L."}"#,
    );
    update.asks(
        "picture",
        "A picture",
        r#"{"avatar_base64":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"}"#,
    );
    update.asks(
        "clear",
        "Clear the display name, and remove the picture",
        r#"{"display_name":"","avatar_base64":null}"#,
    );
    update.asks("nothing", "Change nothing", "{}");
    update.answers::<UserProfile>();
    update.shows_answer::<UpdateProfile>("updated", "The profile as updated.", full());
    update.refuses_body(
        "wrong-types",
        "Fields of another type; every mistake is told.",
        r#"{"first_name":null,"avatar_base64":1}"#,
    );
    let long = format!(r#"{{"display_name":"{}"}}"#, "x".repeat(MAX_NAME + 1));
    update.refuses_body("long-name", "A name that is too long.", &long);
    update.refuses_body(
        "control",
        "A control character.",
        r#"{"last_name":"\u0000"}"#,
    );
    update.refuses_body(
        "no-image",
        "A picture that is no data URI of an image.",
        r#"{"avatar_base64":"example"}"#,
    );
    update.refuses_body(
        "no-base64",
        "A picture that is not base64.",
        r#"{"avatar_base64":"data:image/png;base64,AA="}"#,
    );
    let large = "A".repeat((MAX_PICTURE / 3 + 1) * 4);
    let large = format!(r#"{{"avatar_base64":"data:image/png;base64,{large}"}}"#);
    update.refuses_body("large-picture", "A picture that is too large.", &large);
    let damaged = Violation::new(Field::Avatar, "must be a whole and undamaged picture");
    let damaged = Error::Invalid(vec![damaged]);
    update.fails("damaged", "A picture that cannot be read.", damaged);
    let managed = Error::Managed {
        fields: vec![Field::GivenName, Field::FamilyName],
        owner: AuthProvider::Oidc,
    };
    update.fails(
        "managed",
        "The user's identity provider owns the names.",
        managed,
    );
    tenants(&mut update);
    update
}

/// What either operation refuses.
fn tenants(operation: &mut Operation) {
    operation.refuses("no-tenant", "No tenant is named.", |call| {
        call.headers.remove(TENANT_ID);
    });
    operation.refuses("other-tenant", "Another tenant's.", |call| {
        call.headers
            .insert(TENANT_ID, HeaderValue::from_static(OTHER));
    });
    let notices = vec!["Profiles are frozen until Monday.".to_owned()];
    operation.fails(
        "forbidden",
        "A policy of the deployment forbids it, and says why.",
        Error::Forbidden(notices),
    );
    operation.fails(
        "forbidden-silently",
        "A policy of the deployment forbids it.",
        Error::Forbidden(Vec::new()),
    );
    operation.tells(
        "gone",
        "The user is gone.",
        TenantError::from(Error::Unauthenticated).reply(),
    );
}

fn sample() -> Call {
    let mut call = openapi::sample(&[]);
    let mut caller = (*call.caller).clone();
    caller.tenant = TENANT.parse().ok();
    call.caller = caller.into();
    call.headers
        .insert(TENANT_ID, HeaderValue::from_static(TENANT));
    call
}

fn empty() -> Shown {
    let tenant: TenantId = TENANT.parse().unwrap();
    let mut profile = behaviour::new_profile(tenant);
    profile.id = ProfileId::mint(Timestamp::constant(1_782_383_400, 0), [7; 10]);
    profile.username = Username::parse("ada").unwrap();
    "ada@example.com".clone_into(&mut profile.email);
    profile.created_at = Timestamp::constant(1_782_383_400, 0);
    profile.updated_at = profile.created_at;
    Shown {
        profile,
        picture: None,
    }
}

fn full() -> Shown {
    let Shown { profile, .. } = empty();
    let profile = Profile {
        given_name: Some("Ada".to_owned()),
        family_name: Some("Lovelace".to_owned()),
        display_name: Some("Ada L.".to_owned()),
        ..profile
    };
    let picture = Some(Image {
        media_type: "image/png",
        bytes: b"\x89PNG\r\n\x1a\n and so on".to_vec(),
    });
    Shown { profile, picture }
}
