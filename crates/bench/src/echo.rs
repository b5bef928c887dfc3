//! A server with all layers of the host except a store.

use std::{fs, path::Path, sync::Arc};

use actix_web::{App, HttpServer, rt::System};
use async_trait::async_trait;
use jiff::Timestamp;
use manyface_auth::{AuthConfig, DevelopmentIssuer, SubjectKind, TokenAuthenticator};
use manyface_core::{
    Avatar, Country, Date, Profile, ProfileId, ProfileRef, ProfileRepository, ProfileUpdate,
    TenantId, Username, WebUrl,
};
use manyface_movieknight::{NAME, dialect};
use manyface_serve::{Backend, configure};

use crate::{Failure, Result};

/// Returns one profile to every caller and stores no change.
struct Echo(Profile);

#[async_trait]
impl ProfileRepository for Echo {
    async fn find(&self, _who: &ProfileRef) -> manyface_core::Result<Option<Profile>> {
        Ok(Some(self.0.clone()))
    }

    async fn update(&self, update: ProfileUpdate) -> manyface_core::Result<Option<Profile>> {
        let mut profile = self.0.clone();
        profile.version += 1;
        profile.updated_at = update.provenance.at();
        update.patch.apply(&mut profile);
        Ok(Some(profile))
    }
}

/// Serves movieknight over one profile in memory with the key in `folder`, and prints the base
/// URL. Ends with the process.
pub fn serve(folder: &Path) -> Result<()> {
    let key = fs::read_to_string(folder.join("signing.key"));
    let key = key.map_err(|e| Failure::could_not("read the key", e))?;
    let issuer = DevelopmentIssuer::new(key.trim().as_bytes());
    let issuer = issuer.map_err(|e| Failure::could_not("read the key", e))?;
    let authenticator = TokenAuthenticator::builder(AuthConfig::default(), now)
        .development(NAME, SubjectKind::ExternalId, &issuer)
        .build()
        .map_err(|e| Failure::could_not("use the key", e))?;
    let backend = Backend::new(Arc::new(Echo(profile()?)), Arc::new(authenticator));
    let mounts = vec![(dialect().base.to_owned(), dialect())];
    let server = HttpServer::new(move || App::new().configure(configure(mounts.clone(), &backend)));
    let ended = System::new().block_on(async move {
        let server = server.bind("127.0.0.1:0")?;
        if let Some(address) = server.addrs().first() {
            println!("http://{address}");
        }
        server.run().await
    });
    ended.map_err(|e| Failure::could_not("serve", e))
}

/// A profile as wide as those in the databases.
fn profile() -> Result<Profile> {
    let at = Timestamp::UNIX_EPOCH;
    let id = ProfileId::mint(at, [7; 10]);
    let username = Username::parse("fan100000000000");
    let username = username.map_err(|e| Failure::could_not("make a profile", e))?;
    let email = "fan100000000000@example.com".to_owned();
    let mut profile = Profile::new(id, TenantId(id.0), username, email, at);
    let text = |text: &str| Some(text.to_owned());
    profile.display_name = text("Movie Fan 100000000000");
    profile.full_name = text("Movie Fan Number 100000000000");
    profile.given_name = text("Movie");
    profile.family_name = text("Fan 100000000000");
    profile.bio = text("I rate everything against Fight Club. Fan number 100000000000");
    let avatar = WebUrl::parse("https://i.imgur.com/5f4dcc3b5aa765d61d8327deb882cf99.png");
    profile.avatar = avatar.ok().map(Avatar::External);
    profile.date_of_birth = Some(Date::constant(1999, 5, 20));
    profile.country = Country::parse_alpha2("US").ok();
    profile.phone = text("+1 555 100000000000");
    profile.linkedin_url = text("https://www.linkedin.com/in/fan100000000000");
    profile.github_url = text("https://github.com/fan100000000000");
    profile.website_url = text("https://example.com/fans/100000000000");
    let name = "66a1f2c4e5b3100000000000".to_owned();
    profile.external_ids.insert(NAME.to_owned(), name);
    Ok(profile)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the time comes from; everything else takes it as a parameter"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
