//! One dialect in an application of one's own, over a store of one's own, without a database.
//!
//! `cargo run -p embed-one-adapter`, then paste the line that it prints.

mod users;

use std::sync::Arc;

use actix_web::{App, HttpServer};
use async_trait::async_trait;
use manyface_core::{AuthError, AuthErrorKind, Authenticator, Caller};
use manyface_serve::{Backend, scope};

use users::Users;

/// The application's own sessions: here, one word for one user.
struct Sessions(Arc<Users>);

#[async_trait]
impl Authenticator for Sessions {
    async fn authenticate(&self, _: &str, credential: &str) -> Result<Arc<Caller>, AuthError> {
        match credential {
            "open-sesame" => Ok(Arc::new(Caller::user(self.0.first()))),
            _ => Err(AuthErrorKind::Invalid.into()),
        }
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let users = Arc::new(Users::with_one("moviefan"));
    let sessions = Arc::new(Sessions(Arc::clone(&users)));
    let backend = Backend::new(users, sessions);
    let server = HttpServer::new(move || {
        App::new().service(scope("/api", manyface_movieknight::dialect(), &backend))
    })
    .workers(1)
    .bind("127.0.0.1:0")?;
    for address in server.addrs() {
        println!("curl http://{address}/api/users/me -H 'Authorization: Bearer open-sesame'");
    }
    server.run().await
}
