//! Cases: writes of a user through views.

use std::collections::BTreeMap;

use manyface_core::AuthProvider;
use manyface_dialect::WriteForm;
use proptest::{
    bool::weighted,
    prelude::{Just, Strategy},
    sample::select,
    strategy::{BoxedStrategy, Union},
};

use super::{edge_cases, view::Mounted};
use crate::Excerpt;

/// A user and the writes to their profile.
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
    /// The index of the view among the mounted ones.
    pub(super) view: usize,
    /// The fields, by their places in the view's table, and what is given for each, as JSON.
    pub(super) edits: BTreeMap<usize, String>,
}

/// The maximum number of fields of one write.
const MAX_EDITS: usize = 4;

/// The indexes and forms of the fields that a view accepts.
fn taken(mounted: &Mounted<'_>) -> Vec<(usize, WriteForm)> {
    let fields = mounted.view.fields.iter().enumerate();
    let taken = fields.filter_map(|(place, mapping)| Some((place, mapping.write?.form)));
    taken.collect()
}

/// Generates a case of at most `steps` writes.
pub(super) fn any(
    views: &[Mounted<'_>],
    providers: &[AuthProvider],
    steps: usize,
) -> BoxedStrategy<Case> {
    let each = views.iter().enumerate().filter_map(|(view, mounted)| {
        let edits = taken(mounted).into_iter();
        let edits = edits.map(|(place, form)| (Just(place), edge_cases::value(form)).boxed());
        let edits: Vec<_> = edits.collect();
        if edits.is_empty() {
            return None;
        }
        let edits = proptest::collection::vec(Union::new(edits), 1..=MAX_EDITS);
        let step = edits.prop_map(move |edits| Step {
            view,
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

/// A case of a new user, and one for each field that each view takes: set, set to something else, and
/// emptied in each way that there may be.
pub(super) fn of_every_row(views: &[Mounted<'_>]) -> Vec<Case> {
    let new = Case {
        provider: AuthProvider::Local,
        is_full: false,
        steps: Vec::new(),
    };
    let rows = views.iter().enumerate().flat_map(|(view, mounted)| {
        let rows = taken(mounted).into_iter();
        rows.map(move |(place, form)| {
            let [one, other] = edge_cases::two(form);
            let given = [&one, "null", &other, "\"\"", &one, "[]", &other, "{}", "7"];
            let given = given.map(str::to_owned).into_iter();
            let given = given.chain(edge_cases::limits(form));
            let steps = given.map(|json| Step {
                view,
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

    /// The writes, one per line.
    pub(super) fn lines(&self, views: &[Mounted<'_>]) -> Vec<String> {
        let steps = self.steps.iter().map(|step| {
            let mounted = &views[step.view];
            let edits = step.edits.iter().map(|(place, json)| {
                let mapping = &mounted.view.fields[*place];
                let at = mapping.write.map_or("?", |taken| taken.at);
                format!("{at} = {}", Excerpt::of(json.as_bytes()))
            });
            let edits: Vec<_> = edits.collect();
            let name = mounted.name();
            format!("{} {name}: {}", mounted.view.method, edits.join(", "))
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
