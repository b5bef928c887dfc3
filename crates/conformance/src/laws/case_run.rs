//! Runs one case: each write, with checks before and after it.

mod checks;

use std::collections::BTreeSet;

use manyface_core::{AuthProvider, Field, managed_fields};
use manyface_dialect::{FieldMapping, ImageForm, ReadForm, WriteForm};

use super::{
    case::{Case, Step},
    edge_cases::{given, two},
    environment::{TestEnvironment, TestUser},
    judge::{Effect, judge},
    law::{Ended, Law, broken},
    show::{check, expected, learnt},
    value::{Model, Slot, Value},
    view::{Mounted, Snapshot, UserViews, put},
};
use crate::{Excerpt, Node, Response};

/// The number of accepted and of rejected writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) taken: u64,
    pub(super) rejected: u64,
}

/// Runs a case as a user of the environment.
pub(super) fn run(
    environment: &dyn TestEnvironment,
    views: &[Mounted<'_>],
    case: &Case,
    tally: &mut Tally,
) -> Result<(), Ended> {
    let user = environment.user(case.provider)?;
    let user_views = UserViews {
        environment,
        views,
        user: &user,
    };
    let mut run = CaseRun::begin(user_views, &user, case.provider)?;
    if case.is_full {
        run.fill()?;
    }
    for step in &case.steps {
        run.step(step, tally)?;
    }
    for view in 0..views.len() {
        run.give_back(view)?;
    }
    Ok(())
}

struct CaseRun<'a> {
    user_views: UserViews<'a>,
    user: &'a TestUser,
    provider: AuthProvider,
    /// The initial name of the user.
    own_name: String,
    model: Model,
    /// The images that were fetched and found equal to the uploaded ones.
    seen: BTreeSet<usize>,
    shown: Vec<Snapshot>,
    stored: Option<Node>,
}

/// The result of a write that the field table requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expectation {
    Accepted,
    Rejected,
    /// The table does not determine it.
    Either,
}

impl<'a> CaseRun<'a> {
    fn begin(
        user_views: UserViews<'a>,
        user: &'a TestUser,
        provider: AuthProvider,
    ) -> Result<Self, Ended> {
        let shown = user_views.look()?;
        let stored = user_views.environment.stored(user)?;
        let mut run = Self {
            user_views,
            user,
            provider,
            own_name: String::new(),
            model: Model::default(),
            seen: BTreeSet::new(),
            shown,
            stored,
        };
        run.table()?;
        run.learn();
        if let Slot::Known(Some(Value::Text(name))) = run.model.slot(Field::Username) {
            run.own_name.clone_from(name);
        }
        Ok(run)
    }

    /// Adds the shown values that are unknown to the model.
    fn learn(&mut self) {
        for (view, shown) in self.user_views.views.iter().zip(&self.shown) {
            for mapping in view.view.fields {
                let (Some(field), Some(row)) = (mapping.field(), mapping.read) else {
                    continue;
                };
                if *self.model.slot(field) == Slot::Unknown {
                    let slot = learnt(&row, shown.body.at(row.at));
                    self.model.set(field, slot);
                }
            }
        }
        // A value that is shown as a file is stored, and only the suite's images are known.
        let is_file = |mapping: &FieldMapping| {
            let row = mapping.read?;
            matches!(row.form, ReadForm::DataUrl { .. }).then_some(row.at)
        };
        for (view, shown) in self.user_views.views.iter().zip(&self.shown) {
            let mut files = view.view.fields.iter().filter_map(is_file);
            let is_kept = files.any(|at| matches!(shown.body.at(at), Some(Node::Text(_))));
            let is_foreign = matches!(
                self.model.slot(Field::Avatar),
                Slot::Known(Some(Value::External(_)))
            );
            if is_kept && is_foreign {
                self.model.set(Field::Avatar, Slot::Unknown);
            }
        }
    }

    /// Sets every writable field that is unset, through the first view that accepts it.
    fn fill(&mut self) -> Result<(), Ended> {
        let mut filled = BTreeSet::new();
        for mounted in self.user_views.views {
            let mut body = Node::Object(Vec::new());
            for mapping in mounted.view.fields {
                let (Some(field), Some(taken)) = (mapping.field(), mapping.write) else {
                    continue;
                };
                let [value, _] = two(taken.form);
                let is_upload = matches!(taken.form, WriteForm::Image(ImageForm::Upload { .. }));
                let is_given =
                    field == Field::Username || managed_fields(self.provider).contains(&field);
                if is_upload || is_given || !filled.insert(field) {
                    continue;
                }
                let Some(given) = given(&value, &self.own_name) else {
                    continue;
                };
                if let Effect::Set(value) = judge(field, &taken, &given, &self.model) {
                    self.model.set(field, Slot::Known(Some(value)));
                }
                put(&mut body, taken.at, given);
            }
            if body == Node::Object(Vec::new()) {
                continue;
            }
            let response = self.user_views.write(mounted, &body)?;
            if !(200..300).contains(&response.status) {
                let (name, response) = (mounted.name(), summary(&response));
                let problem = format!("{name}: {body} was rejected: {response}");
                return broken(Law::PutGet, problem);
            }
        }
        self.shown = self.user_views.look()?;
        self.stored = self.user_views.environment.stored(self.user)?;
        self.filled(&filled)
    }

    /// Checks that every view shows the values that were set.
    fn filled(&mut self, fields: &BTreeSet<Field>) -> Result<(), Ended> {
        for (mounted, shown) in self.user_views.views.iter().zip(&self.shown) {
            for mapping in mounted.view.fields {
                let (Some(field), Some(row)) = (mapping.field(), mapping.read) else {
                    continue;
                };
                // A value that cannot be written may be shown to some users only.
                if !fields.contains(&field) {
                    continue;
                }
                let must = expected(field, &row, &self.model);
                let is = shown.body.at(row.at);
                if let Some(problem) = check(field, &row, &must, is, &mut self.model) {
                    let problem = format!("{}: {problem}", mounted.name());
                    return broken(Law::PutGet, problem);
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, tally: &mut Tally) -> Result<(), Ended> {
        let view = &self.user_views.views[step.view];
        let mut body = Node::Object(Vec::new());
        let mut effects = Vec::new();
        for (place, mapping) in view.view.fields.iter().enumerate() {
            let (Some(field), Some(taken)) = (mapping.field(), mapping.write) else {
                continue;
            };
            let json = step.edits.get(&place);
            let Some(given) = json.and_then(|json| given(json, &self.own_name)) else {
                effects.push((field, view.view.absent.into()));
                continue;
            };
            let mut effect = judge(field, &taken, &given, &self.model);
            if self.change(field, &effect) != Some(false) && self.is_shown(step.view, field, &given)
            {
                effect = Effect::Keep;
            }
            effects.push((field, effect));
            let given = if let WriteForm::Image(ImageForm::Upload { files }) = taken.form {
                self.user_views.uploaded(view, files, &given)?
            } else {
                given
            };
            put(&mut body, taken.at, given);
        }
        self.owned(&mut effects);
        let expectation = expectation(&effects);
        let response = self.user_views.write(view, &body)?;
        let is_taken = (200..300).contains(&response.status);
        match expectation {
            Expectation::Accepted if !is_taken => {
                let problem = format!("a valid write was rejected: {}", summary(&response));
                return broken(Law::PutGet, problem);
            }
            Expectation::Rejected if is_taken => {
                let problem = format!("an invalid write was accepted: {}", summary(&response));
                return broken(Law::Rejection, problem);
            }
            Expectation::Accepted | Expectation::Rejected | Expectation::Either => {}
        }
        let shown = self.user_views.look()?;
        let stored = self.user_views.environment.stored(self.user)?;
        if !is_taken {
            tally.rejected += 1;
            if !matches!(response.status, 400 | 409 | 422) {
                let problem = format!("a wrong write got {}", summary(&response));
                return broken(Law::Rejection, problem);
            }
            self.same(&shown, stored.as_ref(), Law::Rejection, "a rejected write")?;
            return Ok(());
        }
        tally.taken += 1;
        let moves = self.take(&effects);
        self.settled(step.view, &effects, &shown)?;
        self.moved(step.view, moves, &shown)?;
        self.lost(&effects, moves, stored.as_ref())?;
        self.check_response(step.view, &response, &shown)?;
        (self.shown, self.stored) = (shown, stored);
        self.learn();
        self.pictures()?;
        let again = self
            .user_views
            .write(&self.user_views.views[step.view], &body)?;
        if again.status != response.status {
            let problem = format!("the second time got {}", summary(&again));
            return broken(Law::Idempotence, problem);
        }
        self.unchanged(Law::Idempotence, "the same write once more")
    }

    /// Adjusts the effects on fields that an identity provider owns: users cannot change them.
    fn owned(&self, effects: &mut [(Field, Effect)]) {
        let owned = managed_fields(self.provider);
        for (field, effect) in effects {
            if !owned.contains(field) {
                continue;
            }
            let to = match effect {
                Effect::Set(value) => Some(&*value),
                Effect::Clear => None,
                Effect::Keep | Effect::Rejected | Effect::Unsure => continue,
            };
            match self.model.would_change(*field, to) {
                Some(true) => *effect = Effect::Rejected,
                Some(false) => {}
                None => *effect = Effect::Unsure,
            }
        }
    }

    /// Returns whether an effect would change a field, if that is known.
    fn change(&self, field: Field, effect: &Effect) -> Option<bool> {
        match effect {
            Effect::Set(value) => self.model.would_change(field, Some(value)),
            Effect::Clear => self.model.would_change(field, None),
            Effect::Keep => Some(false),
            Effect::Rejected | Effect::Unsure => None,
        }
    }

    /// Applies the accepted effects to the model; returns whether anything has changed, if that is
    /// known.
    fn take(&mut self, effects: &[(Field, Effect)]) -> Option<bool> {
        let mut moves = Some(false);
        for (field, effect) in effects {
            let to = match effect {
                Effect::Set(value) => Slot::Known(Some(value.clone())),
                Effect::Clear => Slot::Known(None),
                Effect::Unsure => Slot::Unknown,
                Effect::Keep | Effect::Rejected => continue,
            };
            let from = self.model.slot(*field);
            let change = match (from, &to) {
                (Slot::Unknown, _) | (_, Slot::Unknown) => None,
                (from, to) => Some(from != to),
            };
            moves = match (moves, change) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (None, _) | (_, None) => None,
                (Some(false), Some(false)) => Some(false),
            };
            self.model.set(*field, to);
        }
        moves
    }
}

fn expectation(effects: &[(Field, Effect)]) -> Expectation {
    let is_among = |wanted: &Effect| effects.iter().any(|(_, effect)| effect == wanted);
    if is_among(&Effect::Rejected) {
        Expectation::Rejected
    } else if is_among(&Effect::Unsure) {
        Expectation::Either
    } else {
        Expectation::Accepted
    }
}

fn summary(response: &Response) -> String {
    format!("{} {}", response.status, Excerpt::of(&response.body))
}
