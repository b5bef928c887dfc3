//! Cases: what is written, by whom, through which face.

use std::collections::BTreeMap;

use manyface_core::AuthProvider;
use manyface_dialect::TakenForm;
use proptest::{
    bool::weighted,
    prelude::{Just, Strategy},
    sample::select,
    strategy::{BoxedStrategy, Union},
};

use super::{nasty, view::Mounted};
use crate::Excerpt;

/// A user, and what is written to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) provider: AuthProvider,
    /// Whether everything that can be set is set before the first write.
    pub(super) is_full: bool,
    pub(super) steps: Vec<Step>,
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The face, by its place among the mounted ones.
    pub(super) face: usize,
    /// The fields, by their places in the face's table, and what is given for each, as JSON.
    pub(super) edits: BTreeMap<usize, String>,
}

/// The most fields of one write.
const MOST_EDITS: usize = 4;

/// The places of the fields that a face takes, and how.
fn taken(mounted: &Mounted<'_>) -> Vec<(usize, TakenForm)> {
    let fields = mounted.face.fields.iter().enumerate();
    let taken = fields.filter_map(|(place, view)| Some((place, view.taken?.form)));
    taken.collect()
}

/// Any case of at most `steps` writes.
pub(super) fn any(
    faces: &[Mounted<'_>],
    providers: &[AuthProvider],
    steps: usize,
) -> BoxedStrategy<Case> {
    let each = faces.iter().enumerate().filter_map(|(face, mounted)| {
        let edits = taken(mounted).into_iter();
        let edits = edits.map(|(place, form)| (Just(place), nasty::value(form)).boxed());
        let edits: Vec<_> = edits.collect();
        if edits.is_empty() {
            return None;
        }
        let edits = proptest::collection::vec(Union::new(edits), 1..=MOST_EDITS);
        let step = edits.prop_map(move |edits| Step {
            face,
            edits: edits.into_iter().collect(),
        });
        Some(step.boxed())
    });
    let step = Union::new(each);
    let steps = proptest::collection::vec(step, 1..=steps.max(1));
    (select(providers.to_vec()), weighted(0.75), steps)
        .prop_map(|(provider, is_full, steps)| Case {
            provider,
            is_full,
            steps,
        })
        .boxed()
}

/// A case of a new user, and one for each field that each face takes: set, set to something else, and
/// emptied in each way that there may be.
pub(super) fn of_every_row(faces: &[Mounted<'_>]) -> Vec<Case> {
    let new = Case {
        provider: AuthProvider::Local,
        is_full: false,
        steps: Vec::new(),
    };
    let rows = faces.iter().enumerate().flat_map(|(face, mounted)| {
        let rows = taken(mounted).into_iter();
        rows.map(move |(place, form)| {
            let [one, other] = nasty::two(form);
            let given = [&one, "null", &other, "\"\"", &one, "[]", &other, "{}", "7"];
            let given = given.map(str::to_owned).into_iter();
            let given = given.chain(nasty::limits(form));
            let steps = given.map(|json| Step {
                face,
                edits: BTreeMap::from([(place, json)]),
            });
            Case {
                provider: AuthProvider::Local,
                is_full: true,
                steps: steps.collect(),
            }
        })
    });
    std::iter::once(new).chain(rows).collect()
}

impl Case {
    /// The same with fewer steps: each alone, and then the first ones.
    pub(super) fn shorter(&self) -> Vec<Self> {
        let with = |steps: &[Step]| Self {
            steps: steps.to_vec(),
            ..self.clone()
        };
        let alone = self.steps.chunks(1).map(with);
        let first = (2..self.steps.len()).map(|count| with(&self.steps[..count]));
        alone.chain(first).collect()
    }

    /// The writes, one a line.
    pub(super) fn lines(&self, faces: &[Mounted<'_>]) -> Vec<String> {
        let steps = self.steps.iter().map(|step| {
            let mounted = &faces[step.face];
            let edits = step.edits.iter().map(|(place, json)| {
                let view = &mounted.face.fields[*place];
                let at = view.taken.map_or("?", |taken| taken.at);
                format!("{at} = {}", Excerpt::of(json.as_bytes()))
            });
            let edits: Vec<_> = edits.collect();
            let name = mounted.name();
            format!("{} {name}: {}", mounted.face.method, edits.join(", "))
        });
        let mut lines: Vec<_> = steps.collect();
        if self.is_full {
            lines.insert(0, "everything is set".to_owned());
        }
        if self.provider != AuthProvider::Local {
            lines.insert(0, format!("as a user of {}", self.provider));
        }
        lines
    }
}
