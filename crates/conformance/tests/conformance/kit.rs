//! What is true of the kit: it finds out what is wrong, and it cleans up.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{
    Account, Exchange, Extent, Failure, MemoryTarget, Request, Response, Suite, Target, User,
    replay,
};
use manyface_core::AuthProvider;
use manyface_dialect::Dialect;

use crate::served::{Database, Served};

pub(crate) fn trials(suite: &Arc<Suite>, dialect: fn() -> Dialect) -> Vec<Trial> {
    let name = |fact| format!("{}::kit::{fact}", suite.dialect);
    let second = Arc::clone(suite);
    let back = Trial::test(name("a-single-users-profile-is-put-back"), move || {
        putting_back(&second, &Served::new(Database::Sqlite, dialect))
    });
    let mut trials = vec![back];
    // The lies are made of one dialect's answers; what notices them is the same for all.
    if suite.dialect == manyface_movieknight::NAME {
        let first = Arc::clone(suite);
        trials.push(Trial::test(name("a-wrong-answer-is-noticed"), move || {
            wrong_answers(&first, dialect)
        }));
    }
    trials
}

/// Something to spoil a response with; the number counts the requests of the user.
type Lie = fn(usize, &Request, &mut Response);

const LIES: [(&str, Lie); 14] = [
    ("status", |_, _, r| r.status += 1),
    ("request id", |_, _, r| remove(r, "x-request-id")),
    ("caching", |_, _, r| remove(r, "cache-control")),
    ("sniffing", |_, _, r| remove(r, "x-content-type-options")),
    ("server", |_, _, r| add(r, "Server", "x/1.0")),
    ("type", |_, _, r| add(r, "content-type", "text/html")),
    ("echo", |_, request, r| {
        let sent = request.headers.iter().map(|(_, value)| value.as_str());
        let sent: String = sent.collect();
        add(r, "x-echo", &sent);
    }),
    ("tag", |_, request, r| {
        if request.method == "GET" {
            remove(r, "etag");
            add(r, "etag", "\"other\"");
        }
    }),
    ("order", |_, _, r| {
        change(r, r#"{"ok":true,"data":"#, r#"{"data":"#);
        if r.status < 300 {
            r.body.pop();
            r.body.extend(br#","ok":true}"#);
        }
    }),
    ("type of a value", |_, _, r| {
        change(r, r#""used":0"#, r#""used":"0""#);
    }),
    ("spelling of a number", |_, _, r| {
        change(r, r#""used":0"#, r#""used":0.0"#);
    }),
    ("further key", |_, _, r| {
        change(r, r#""badges""#, r#""extra":1,"badges""#);
    }),
    ("null for what is unset", |_, _, r| {
        change(r, r#""createdAt""#, r#""avatarUrl":null,"createdAt""#);
    }),
    ("lost write", |number, request, r| {
        if request.method == "GET" {
            change(r, r#""bio":""#, &format!(r#""bio":"{number}"#));
        }
    }),
];

/// An exchange that the dialect passes, but no liar does.
fn wrong_answers(suite: &Suite, dialect: fn() -> Dialect) -> Result<(), Failed> {
    let text = r#"
        why = "x"
        source = "decision: x"

        [[step]]
        send = "PATCH /api/users/me"
        body = '{"bio":"one"}'
        status = 200
        expect = '{"ok":true,"data":"[any]"}'

        [[step]]
        send = "PATCH /api/users/me"
        body = '{"bio":7}'
        status = 400
        expect = '{"ok":false,"error":"bio must be a string"}'
    "#;
    let exchange = Exchange::parse(Path::new("x.toml"), text)?;
    let liar = |lie| Liar {
        inner: MemoryTarget::new(dialect),
        lie,
    };
    replay(&exchange, suite, &liar(|_, _, _| {}), Extent::All)?;
    for (name, lie) in LIES {
        let outcome = replay(&exchange, suite, &liar(lie), Extent::All);
        if outcome.is_ok() {
            return Err(format!("a wrong {name} went unnoticed").into());
        }
    }
    Ok(())
}

/// What a user had before an exchange, they have after it, whether it passed or not.
fn putting_back(suite: &Suite, served: &Served) -> Result<(), Failed> {
    let (target, account) = served.single_user()?;
    let tenant = account
        .others
        .iter()
        .find(|(name, _)| *name == Account::TENANT);
    let tenant = tenant.map_or_else(String::new, |(_, tenant)| tenant.clone());
    let own_headers = suite.headers.iter().map(|(name, value)| {
        let value = value.replace("{{tenant}}", &tenant);
        (name.clone(), value)
    });
    let mut headers: Vec<_> = own_headers.collect();
    headers.extend([
        (
            "authorization".to_owned(),
            format!("Bearer {}", account.token),
        ),
        ("content-type".to_owned(), "application/json".to_owned()),
    ]);
    let request = |method: &str, body: Option<&str>| Request {
        method: method.to_owned(),
        path: suite.profile.clone(),
        headers: headers.clone(),
        body: body.map(|text| text.as_bytes().to_owned()),
    };
    let user = || target.user(AuthProvider::Local);
    let fresh = user()?.send(&request("GET", None))?.body;
    let written = user()?.send(&request(&suite.write, Some(&suite.other)))?;
    let before = user()?.send(&request("GET", None))?.body;
    if written.status != 200 || before == fresh {
        return Err("`other` writes nothing".into());
    }
    for exchange in &suite.exchanges {
        if !exchange.is_meant_for(&target, Extent::All) {
            continue;
        }
        // Whether it passes is another trial's business.
        let _ = replay(exchange, suite, &target, Extent::All);
        let mut wrong = exchange.clone();
        for step in &mut wrong.steps {
            step.status = 599;
        }
        if replay(&wrong, suite, &target, Extent::All).is_ok() {
            return Err("a wrong status went unnoticed".into());
        }
        let after = user()?.send(&request("GET", None))?.body;
        if after != before {
            return Err(format!("{} leaves its traces", exchange.name).into());
        }
    }
    Ok(())
}

/// A target that spoils every response.
struct Liar {
    inner: MemoryTarget,
    lie: Lie,
}

impl Target for Liar {
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        Ok(Box::new(LyingUser {
            inner: self.inner.user(provider)?,
            lie: self.lie,
            count: AtomicUsize::new(0),
        }))
    }

    fn makes_users(&self) -> bool {
        true
    }
}

struct LyingUser<'a> {
    inner: Box<dyn User + 'a>,
    lie: Lie,
    count: AtomicUsize,
}

impl User for LyingUser<'_> {
    fn token(&self) -> &str {
        self.inner.token()
    }

    fn others(&self) -> &[(&'static str, String)] {
        self.inner.others()
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let mut response = self.inner.send(request)?;
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // The first request brings the profile into the state that the exchange starts from.
        if count > 0 {
            (self.lie)(count, request, &mut response);
        }
        Ok(response)
    }
}

fn add(response: &mut Response, name: &str, value: &str) {
    response.headers.push((name.to_owned(), value.to_owned()));
}

fn remove(response: &mut Response, name: &str) {
    let is_other = |(known, _): &(String, String)| !known.eq_ignore_ascii_case(name);
    response.headers.retain(is_other);
}

fn change(response: &mut Response, from: &str, to: &str) {
    let text = String::from_utf8_lossy(&response.body).replacen(from, to, 1);
    response.body = text.into_bytes();
}
