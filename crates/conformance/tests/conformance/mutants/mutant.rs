//! What a wrong server is, and how it is put in the place of the right one.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use manyface_conformance::{Failure, Request, Response, Suite};
use manyface_dialect::Dialect;
use manyface_serve::Backend;

use super::server::Server;

pub(crate) type Answer = Result<Response, Failure>;

/// A server that is wrong in one way.
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    /// What is wrong with it.
    pub(crate) wrong: &'static str,
    pub(crate) deed: Deed,
    /// The dialects in which one can be wrong in this way.
    pub(crate) dialects: &'static [&'static str],
    /// The places in which it is wrong, each of them a server of its own.
    pub(crate) places: Places,
}

/// How it is wrong.
#[derive(Clone, Copy)]
pub(crate) enum Deed {
    /// It hears something else than was said.
    Hears(fn(&Server<'_>, &mut Request)),
    /// It says something else than is right.
    Says(fn(&Server<'_>, &Request, &mut Response)),
    /// It does something else.
    Acts(fn(&Server<'_>, &Request) -> Answer),
    /// It is mounted wrongly.
    Mounts(fn(&mut Dialect)),
    /// What it stands on is wrong.
    StandsOn(fn(&mut Backend, &Dialect, &Fired)),
}

/// Where a mutant is wrong.
#[derive(Clone, Copy)]
pub(crate) enum Places {
    /// Everywhere.
    All,
    /// In one of the fields that can be written.
    Fields,
    /// In one of the places that the function lists for a dialect.
    Listed(fn(&str) -> &'static [&'static str]),
}

/// Whether a mutant has done anything wrong yet.
#[derive(Clone, Default)]
pub(crate) struct Fired(Arc<AtomicBool>);

impl Fired {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

const ALL: &[&str] = &["movieknight", "whop", "tenant", "iam"];

impl Mutant {
    fn of(name: &'static str, wrong: &'static str, deed: Deed) -> Self {
        Self {
            name,
            wrong,
            deed,
            dialects: ALL,
            places: Places::All,
        }
    }

    pub(crate) fn hears(
        name: &'static str,
        wrong: &'static str,
        how: fn(&Server<'_>, &mut Request),
    ) -> Self {
        Self::of(name, wrong, Deed::Hears(how))
    }

    pub(crate) fn says(
        name: &'static str,
        wrong: &'static str,
        how: fn(&Server<'_>, &Request, &mut Response),
    ) -> Self {
        Self::of(name, wrong, Deed::Says(how))
    }

    pub(crate) fn acts(
        name: &'static str,
        wrong: &'static str,
        how: fn(&Server<'_>, &Request) -> Answer,
    ) -> Self {
        Self::of(name, wrong, Deed::Acts(how))
    }

    pub(crate) fn mounts(name: &'static str, wrong: &'static str, how: fn(&mut Dialect)) -> Self {
        Self::of(name, wrong, Deed::Mounts(how))
    }

    pub(crate) fn stands_on(
        name: &'static str,
        wrong: &'static str,
        how: fn(&mut Backend, &Dialect, &Fired),
    ) -> Self {
        Self::of(name, wrong, Deed::StandsOn(how))
    }

    /// The same in these dialects only.
    pub(crate) fn only(mut self, dialects: &'static [&'static str]) -> Self {
        self.dialects = dialects;
        self
    }

    /// The same in each of these places.
    pub(crate) fn at(mut self, places: Places) -> Self {
        self.places = places;
        self
    }

    /// The places in `suite`'s dialect; one without a name where it is wrong everywhere.
    pub(crate) fn places_in(&self, suite: &Suite) -> Vec<String> {
        match self.places {
            Places::All => vec![String::new()],
            Places::Fields => suite.restore.keys().cloned().collect(),
            Places::Listed(list) => {
                let listed = list(&suite.dialect).iter();
                listed.map(|place| (*place).to_owned()).collect()
            }
        }
    }
}
