//! The laws over the served host, and over servers that break each of them.

mod slips;

use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
};

use libtest_mimic::{Failed, Trial};
use manyface::DialectRegistry;
use manyface_conformance::{
    Failure, Law, LawOptions, LawReport, Node, Request, Response, TestEnvironment, TestUser, laws,
};
use manyface_core::AuthProvider;
use manyface_testing::{Postgres, TestDeployment};

use crate::{DATABASES, served::Database};

/// The maximum number of writes that show a broken law.
const SHORT: usize = 3;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (label, database) in DATABASES {
        trials.push(Trial::test(format!("laws::{label}"), move || {
            check_laws(&TestDeployment::new(
                DialectRegistry::default(),
                url(database),
            ))
        }));
        let name = format!("laws::{label}::values-of-operators");
        trials.push(Trial::test(name, move || {
            let deployment = TestDeployment::new(DialectRegistry::default(), url(database));
            check_laws(&deployment.with_values_of_operators())
        }));
    }
    let deployment = Arc::new(TestDeployment::new(DialectRegistry::default(), None));
    for lie in LIES {
        let (law, deployment) = (lie.law, Arc::clone(&deployment));
        let name = format!("laws::cleanup::{}", lie.name);
        trials.push(Trial::test(name, move || {
            find_violation(&deployment, law, &lie)
        }));
    }
    trials.push(Trial::test(
        "laws::cleanup::a-wrong-row-is-found",
        move || slips::are_found(&deployment),
    ));
    trials
}

/// Creates the database of a deployment; `None` for a file.
fn url(database: Database) -> Option<fn() -> String> {
    match database {
        Database::Sqlite => None,
        Database::Postgresql => Some(|| Postgres::shared().database()),
    }
}

/// Reads the options from the environment: `MANYFACE_LAWS_SEED` and `MANYFACE_LAWS_CASES`.
fn options() -> Result<LawOptions, Failed> {
    let mut options = LawOptions::default();
    if let Ok(seed) = env::var("MANYFACE_LAWS_SEED") {
        options.seed = seed.parse()?;
    }
    if let Ok(cases) = env::var("MANYFACE_LAWS_CASES") {
        options.cases = cases.parse()?;
    }
    Ok(options)
}

fn check_laws(deployment: &TestDeployment) -> Result<(), Failed> {
    let options = options()?;
    let report = laws(&deployment.mounts()?, deployment, &options)?;
    let LawReport {
        cases,
        taken,
        rejected,
        broken,
    } = report;
    if let Some(broken) = broken {
        return Err(broken.to_string().into());
    }
    eprintln!(
        "laws: seed {}, {cases} cases, {taken} writes taken, {rejected} rejected",
        options.seed
    );
    // A check without writes would find nothing.
    if taken < 100 || rejected < 100 {
        return Err(format!("only {taken} writes were taken and {rejected} rejected").into());
    }
    Ok(())
}

/// A server that is wrong in one way.
#[derive(Clone, Copy)]
struct Lie {
    name: &'static str,
    /// The law that it breaks.
    law: Law,
    /// Changes a request.
    hears: fn(&Liar<'_>, Request) -> Request,
    /// Changes the response.
    says: fn(&Liar<'_>, &Request, &mut Response),
}

const LIES: [Lie; 11] = [
    Lie {
        name: "a-key-without-a-row",
        law: Law::Table,
        hears: |_, request| request,
        says: |_, request, response| {
            if request.method == "GET" && request.path == MOVIEKNIGHT {
                replace(&mut response.body, "\"bio\":", "\"extra\":1,\"bio\":");
            }
        },
    },
    Lie {
        name: "astral-characters-are-lost",
        law: Law::PutGet,
        hears: |_, mut request| {
            if request.path == MOVIEKNIGHT {
                let body = request.body.as_mut();
                if let Some(body) = body {
                    let text = String::from_utf8_lossy(body);
                    let kept = text.chars().filter(|c| u32::from(*c) < 0x1_0000);
                    *body = kept.collect::<String>().into_bytes();
                }
            }
            request
        },
        says: |_, _, _| {},
    },
    Lie {
        name: "a-country-is-not-taken-back",
        law: Law::GetPut,
        hears: |_, mut request| {
            if let Some(body) = request.body.as_mut() {
                replace(body, "\"country\":\"DEU\"", "\"country\":\"\"");
            }
            request
        },
        says: |_, _, _| {},
    },
    Lie {
        name: "a-form-changes-a-value",
        law: Law::GetPut,
        hears: |_, mut request| {
            let is_form = |(_, value): &(String, String)| value.contains("urlencoded");
            if request.headers.iter().any(is_form)
                && let Some(body) = request.body.as_mut()
            {
                replace(body, "country=DEU", "country=FRA");
            }
            request
        },
        says: |_, _, _| {},
    },
    Lie {
        name: "an-image-under-a-former-base-is-another",
        law: Law::GetPut,
        hears: |_, mut request| {
            if let Some(body) = request.body.as_mut() {
                replace(body, "former.example/base/media/", "former.example/other/");
            }
            request
        },
        says: |_, _, _| {},
    },
    Lie {
        name: "a-current-tag-is-rejected",
        law: Law::GetPut,
        hears: |_, request| request,
        says: |_, request, response| {
            if request.headers.iter().any(|(name, _)| name == "if-match") {
                response.status = 412;
            }
        },
    },
    Lie {
        name: "a-fallback-becomes-a-value",
        law: Law::GetPut,
        hears: |_, request| request,
        says: |liar, request, response| {
            let keys = written(request, MOVIEKNIGHT).unwrap_or_default();
            let is_fallback = |(key, value): &(String, Node)| {
                key == "name" && value.to_string().starts_with("\"moviefan-")
            };
            if response.status == 200 && keys.iter().any(is_fallback) {
                liar.behind("whop", "PATCH", WHOP, "{\"name\":\"Fallback\"}");
            }
        },
    },
    Lie {
        name: "a-profile-is-read-and-written-whole",
        law: Law::NoSilentLoss,
        hears: |_, request| request,
        says: |liar, request, response| {
            // Fields that the dialect does not show are written as if they were empty.
            let is_one = written(request, MOVIEKNIGHT).is_some_and(|keys| keys.len() == 1);
            if is_one && response.status == 200 {
                liar.behind("iam", "PATCH", IAM_DETAILS, "{\"phone\":\"\"}");
            }
        },
    },
    Lie {
        name: "one-dialect-is-stale",
        law: Law::Agreement,
        hears: |_, request| request,
        says: |liar, request, response| {
            let mut last = liar.last.lock().unwrap_or_else(PoisonError::into_inner);
            if request.method != "GET" && response.status == 200 {
                *last = Some(request.clone());
            }
            let keys = last.as_ref().and_then(|last| written(last, MOVIEKNIGHT));
            let is_stale = keys.is_some_and(|keys| keys.len() == 1 && keys[0].0 == "name");
            if is_stale && request.method == "GET" && request.path == WHOP {
                replace(&mut response.body, "\"name\":\"", "\"name\":\"Old ");
            }
        },
    },
    Lie {
        name: "half-of-a-rejected-write-is-done",
        law: Law::Rejection,
        hears: |_, request| request,
        says: |liar, request, response| {
            if request.path == MOVIEKNIGHT && response.status == 400 {
                liar.behind("movieknight", "PATCH", MOVIEKNIGHT, "{\"bio\":\"half\"}");
            }
        },
    },
    Lie {
        name: "the-second-time-is-another-change",
        law: Law::Idempotence,
        hears: |_, request| request,
        says: |liar, request, response| {
            if request.method != "GET" && response.status == 200 {
                let mut last = liar.last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.as_ref() == Some(request) {
                    let body = format!("{{\"bio\":\"{}\"}}", request.path.len());
                    liar.behind("whop", "PATCH", WHOP, &body);
                }
                *last = Some(request.clone());
            }
        },
    },
];

const MOVIEKNIGHT: &str = "/api/users/me";
const WHOP: &str = "/api/v1/users/me";
const IAM_DETAILS: &str = "/api/v1/iam/iamuserdetails/me/";

struct Liar<'a> {
    inner: &'a dyn TestEnvironment,
    lie: &'a Lie,
    /// The tokens of whom is written to.
    tokens: Mutex<Vec<(String, String)>>,
    last: Mutex<Option<Request>>,
}

impl Liar<'_> {
    /// Sends a write as the user that is not part of the case.
    fn behind(&self, dialect: &str, method: &str, path: &str, body: &str) {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = tokens.iter().find(|(known, _)| known == dialect);
        let token = token.map(|(_, token)| token.clone()).unwrap_or_default();
        let header = |name: &str, value: String| (name.to_owned(), value);
        let sent = self.inner.send(&Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![
                header("authorization", format!("Bearer {token}")),
                header("content-type", "application/json".to_owned()),
            ],
            body: Some(body.as_bytes().to_owned()),
        });
        assert!(sent.is_ok_and(|response| response.status == 200));
    }
}

impl TestEnvironment for Liar<'_> {
    fn user(&self, provider: AuthProvider) -> Result<TestUser, Failure> {
        let user = self.inner.user(provider)?;
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.clone_from(&user.tokens);
        Ok(user)
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let heard = (self.lie.hears)(self, request.clone());
        let mut response = self.inner.send(&heard)?;
        (self.lie.says)(self, request, &mut response);
        Ok(response)
    }

    fn stored(&self, user: &TestUser) -> Result<Option<Node>, Failure> {
        self.inner.stored(user)
    }
}

fn replace(body: &mut Vec<u8>, from: &str, to: &str) {
    // Files are left alone.
    if let Ok(text) = str::from_utf8(body) {
        *body = text.replace(from, to).into_bytes();
    }
}

/// The body of a write through `path` as an object, where `request` is one.
fn written<'a>(request: &'a Request, path: &str) -> Option<Vec<(String, Node)>> {
    let body: &'a [u8] = request.body.as_deref().filter(|_| request.path == path)?;
    match Node::parse(str::from_utf8(body).ok()?) {
        Ok(Node::Object(entries)) => Some(entries),
        Ok(_) | Err(_) => None,
    }
}

/// Finds the violation of the law that `lie` breaks, by rows and by random cases, in few writes.
fn find_violation(deployment: &TestDeployment, law: Law, lie: &Lie) -> Result<(), Failed> {
    let mounts = deployment.mounts()?;
    let drawn = LawOptions {
        cases: 200,
        rows: false,
        ..LawOptions::default()
    };
    let rows = LawOptions {
        cases: 0,
        rows: true,
        ..drawn
    };
    for options in [drawn, rows] {
        let liar = Liar {
            inner: deployment,
            lie,
            tokens: Mutex::default(),
            last: Mutex::default(),
        };
        let report = laws(&mounts, &liar, &options)?;
        let Some(broken) = report.broken else {
            return Err(format!("{options:?} did not find it").into());
        };
        eprintln!("laws: {}: {broken}", lie.name);
        if broken.law != law {
            return Err(format!("found another law broken: {broken}").into());
        }
        if broken.writes.len() > SHORT {
            return Err(format!("not shrunk: {broken}").into());
        }
    }
    Ok(())
}
