//! The checks after a write.

use manyface_core::{Field, text};
use manyface_dialect::{ReadForm, WriteForm};

use super::{CaseRun, summary};
use crate::{
    Node, Response,
    laws::{
        judge::Effect,
        law::{Ended, Law, broken},
        pictures,
        show::{check, expected},
        value::{Slot, Value},
        view::{Mounted, Snapshot, form, leaves, put},
    },
};

impl CaseRun<'_> {
    /// Checks that every shown key has a row, and every row a key.
    pub(super) fn table(&self) -> Result<(), Ended> {
        for (view, shown) in self.user_views.views.iter().zip(&self.shown) {
            for (place, node) in leaves(&shown.body) {
                if !has_row(view, &place) && !is_frame(node) {
                    let name = view.name();
                    let problem = format!("{name} shows {place}, which has no row");
                    return broken(Law::Table, problem);
                }
            }
            let rows = view.view.fields.iter().filter_map(|mapping| mapping.read);
            for row in rows {
                let may_lack = row.unset == manyface_dialect::Absence::Absent;
                if shown.body.at(row.at).is_none() && !may_lack {
                    let problem = format!("{} does not show {}", view.name(), row.at);
                    return broken(Law::Table, problem);
                }
            }
        }
        Ok(())
    }

    /// Checks that every view shows the expected values, the written view first.
    pub(super) fn settled(
        &mut self,
        written: usize,
        effects: &[(Field, Effect)],
        shown: &[Snapshot],
    ) -> Result<(), Ended> {
        let named = named(effects);
        let others = (0..shown.len()).filter(|view| *view != written);
        for view in std::iter::once(written).chain(others) {
            let mounted = &self.user_views.views[view];
            let (before, after) = (&self.shown[view].body, &shown[view].body);
            let law = if view == written {
                Law::PutGet
            } else {
                Law::Agreement
            };
            for mapping in mounted.view.fields {
                let Some(row) = mapping.read else { continue };
                let (was, is) = (before.at(row.at), after.at(row.at));
                let mut parts = mapping.field().into_iter().chain(row.otherwise.concat());
                let is_named = parts.any(|field| named.contains(&field));
                if !is_named {
                    if was != is {
                        return lost(mounted, row.at, was, is);
                    }
                    continue;
                }
                let Some(field) = mapping.field() else {
                    continue;
                };
                let must = expected(field, &row, &self.model);
                if let Some(problem) = check(field, &row, &must, is, &mut self.model) {
                    return broken(law, format!("{}: {problem}", mounted.name()));
                }
            }
            let outside = |body| {
                let all = leaves(body).into_iter();
                let all = all.filter(|(place, _)| !has_row(mounted, place));
                all.map(|(place, node)| (place, node.clone()))
                    .collect::<Vec<_>>()
            };
            if outside(before) != outside(after) {
                let problem = format!("{}: keys without a row have changed", mounted.name());
                return broken(Law::NoSilentLoss, problem);
            }
        }
        Ok(())
    }

    /// Checks that the entity tag changes if and only if the profile does.
    pub(super) fn moved(
        &self,
        written: usize,
        moves: Option<bool>,
        shown: &[Snapshot],
    ) -> Result<(), Ended> {
        for (view, (before, after)) in self.shown.iter().zip(shown).enumerate() {
            let has_moved = before.tag != after.tag;
            let name = self.user_views.views[view].name();
            match moves {
                Some(true) if !has_moved && before.tag.is_some() => {
                    let law = if view == written {
                        Law::PutGet
                    } else {
                        Law::Agreement
                    };
                    let problem = format!("{name}: the ETag stays the same over a change");
                    return broken(law, problem);
                }
                Some(false) if has_moved => {
                    let problem = format!("{name}: the ETag moves without a change");
                    return broken(Law::Idempotence, problem);
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// Checks that the store has changed in the named fields only.
    pub(super) fn lost(
        &self,
        effects: &[(Field, Effect)],
        moves: Option<bool>,
        stored: Option<&Node>,
    ) -> Result<(), Ended> {
        let (Some(Node::Object(before)), Some(after)) = (&self.stored, stored) else {
            return Ok(());
        };
        let named = named(effects);
        for (key, was) in before {
            let is = after.at(&format!("/{key}"));
            let is_named = named.iter().any(|field| field.as_str() == key);
            let is_same = is == Some(was);
            let is_wrong = match key.as_str() {
                "version" => match moves {
                    Some(true) => is != Some(&next(was)),
                    Some(false) => !is_same,
                    None => false,
                },
                "updated_at" => moves == Some(false) && !is_same,
                _ => !is_named && !is_same,
            };
            if is_wrong {
                let is = is.map_or_else(|| "gone".to_owned(), ToString::to_string);
                let problem = format!("the store: {key} was {was} and is {is}");
                return broken(Law::NoSilentLoss, problem);
            }
        }
        Ok(())
    }

    /// Checks that the response to a write shows the writable values that are read afterwards.
    pub(super) fn check_response(
        &self,
        written: usize,
        response: &Response,
        shown: &[Snapshot],
    ) -> Result<(), Ended> {
        let mounted = &self.user_views.views[written];
        let Ok(body) = Node::parse(&String::from_utf8_lossy(&response.body)) else {
            let problem = format!("{}: {}", mounted.name(), summary(response));
            return broken(Law::PutGet, problem);
        };
        for mapping in mounted.view.fields {
            let (Some(row), Some(_)) = (mapping.read, mapping.write) else {
                continue;
            };
            let (said, read) = (body.at(row.at), shown[written].body.at(row.at));
            if said != read {
                let name = mounted.name();
                let problem = format!("{name}: the write returned another {}", row.at);
                return broken(Law::PutGet, problem);
            }
        }
        Ok(())
    }

    /// Checks that a fetched image is the uploaded one.
    pub(super) fn pictures(&mut self) -> Result<(), Ended> {
        let Slot::Known(Some(Value::Kept(number))) = self.model.slot(Field::Avatar) else {
            return Ok(());
        };
        let number = *number;
        if !self.seen.insert(number) {
            return Ok(());
        }
        for (view, shown) in self.user_views.views.iter().zip(&self.shown) {
            for mapping in view.view.fields {
                let Some(row) = mapping
                    .read
                    .filter(|_| mapping.field() == Some(Field::Avatar))
                else {
                    continue;
                };
                let node = shown.body.at(row.at);
                let node = node.and_then(|node| node.at("/url")).or(node);
                let Some(Node::Text(text)) = node else {
                    continue;
                };
                let file = if matches!(row.form, ReadForm::DataUrl { .. }) {
                    manyface_dialect::read_image_data_url(text, usize::MAX).ok()
                } else {
                    Some(self.user_views.file_at(text)?.body)
                };
                let size = file.as_deref().and_then(pictures::size);
                let sent = pictures::picture(number);
                if size != Some((sent.width, sent.height)) {
                    let problem = format!("{}: {} is another picture", view.name(), row.at);
                    return broken(Law::PutGet, problem);
                }
            }
        }
        Ok(())
    }

    /// Sends back everything that a view shows and takes, in every way in which a client may: it is
    /// accepted and changes nothing.
    pub(super) fn give_back(&mut self, view: usize) -> Result<(), Ended> {
        let mounted = &self.user_views.views[view];
        let (mut body, mut from_former_base) = (Node::Object(Vec::new()), Node::Object(Vec::new()));
        for mapping in mounted.view.fields {
            let (Some(row), Some(taken)) = (mapping.read, mapping.write) else {
                continue;
            };
            if let Some(node) = self.shown[view].body.at(row.at) {
                put(&mut body, taken.at, node.clone());
                put(&mut from_former_base, taken.at, with_former_base(node));
            }
        }
        if body == Node::Object(Vec::new()) {
            return Ok(());
        }
        let tag = self.shown[view].tag.clone().unwrap_or_default();
        let plain: &[_] = &[];
        let matching = [("if-match", tag.as_str())];
        let is_form = [("content-type", "application/x-www-form-urlencoded")];
        let mut ways = vec![(plain, body.to_string())];
        if from_former_base != body {
            ways.push((plain, from_former_base.to_string()));
        }
        if !tag.is_empty() {
            ways.push((&matching, body.to_string()));
        }
        if mounted.view.accepts_forms {
            ways.push((&is_form, form(&body, |place| is_json(mounted, place))));
        }
        for (headers, body) in ways {
            let response = self.user_views.write_as(mounted, headers, body.clone())?;
            let name = mounted.name();
            if !(200..300).contains(&response.status) {
                let response = summary(&response);
                let problem = format!("{name}: {body} {headers:?} was rejected: {response}");
                return broken(Law::GetPut, problem);
            }
            let doing = format!("sending {body} {headers:?} back through {name}");
            self.unchanged(Law::GetPut, &doing)?;
        }
        Ok(())
    }

    /// Returns whether the view shows exactly `given` under the key that writes a field, apart from
    /// blanks around it.
    pub(super) fn is_shown(&self, view: usize, field: Field, given: &Node) -> bool {
        let mut views = self.user_views.views[view].view.fields.iter();
        views.any(|mapping| {
            let is_written = mapping.field() == Some(field) && mapping.write.is_some();
            let Some(row) = mapping.read.filter(|_| is_written) else {
                return false;
            };
            match (self.shown[view].body.at(row.at), given) {
                (Some(Node::Text(shown)), Node::Text(given)) => {
                    let is_exact = matches!(row.form, ReadForm::DataUrl { .. } | ReadForm::Json);
                    shown == given || (!is_exact && text::trim(shown) == text::trim(given))
                }
                (shown, given) => shown == Some(given),
            }
        })
    }

    /// Checks that nothing has changed since the last read.
    pub(super) fn unchanged(&self, law: Law, doing: &str) -> Result<(), Ended> {
        let shown = self.user_views.look()?;
        let stored = self.user_views.environment.stored(self.user)?;
        self.same(&shown, stored.as_ref(), law, doing)
    }

    pub(super) fn same(
        &self,
        shown: &[Snapshot],
        stored: Option<&Node>,
        law: Law,
        doing: &str,
    ) -> Result<(), Ended> {
        for (view, (before, after)) in self.shown.iter().zip(shown).enumerate() {
            if before != after {
                let name = self.user_views.views[view].name();
                let change = before.difference(after);
                return broken(law, format!("{doing} changed {name}: {change}"));
            }
        }
        if self.stored.as_ref() != stored {
            return broken(law, format!("{doing} changed the store"));
        }
        Ok(())
    }
}

/// The URL of an image that the server keeps, under a base URL that it may have had before.
fn with_former_base(node: &Node) -> Node {
    let url = match node {
        Node::Text(url) => url,
        Node::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, inner)| (key.clone(), with_former_base(inner)));
            return Node::Object(entries.collect());
        }
        Node::Plain(_) | Node::Array(_) => return node.clone(),
    };
    let name = url.split_once("/media/").map(|(_, name)| name);
    let is_name = |name: &&str| name.len() == 64 || name.starts_with("placeholder/");
    match name.filter(is_name) {
        Some(name) => Node::Text(format!("https://former.example/base/media/{name}")),
        None => node.clone(),
    }
}

/// Returns whether a view accepts any JSON at a pointer of a request.
fn is_json(mounted: &Mounted<'_>, place: &str) -> bool {
    let mut taken = mounted
        .view
        .fields
        .iter()
        .filter_map(|mapping| mapping.write);
    taken.any(|taken| taken.at == place && matches!(taken.form, WriteForm::Json { .. }))
}

/// The fields that a write addresses.
fn named(effects: &[(Field, Effect)]) -> Vec<Field> {
    let effects = effects.iter();
    let named = effects.filter(|(_, effect)| *effect != Effect::Keep);
    named.map(|(field, _)| *field).collect()
}

fn lost<T>(
    mounted: &Mounted<'_>,
    at: &str,
    was: Option<&Node>,
    is: Option<&Node>,
) -> Result<T, Ended> {
    let word = |node: Option<&Node>| node.map_or_else(|| "nothing".to_owned(), Node::to_string);
    let (name, was, is) = (mounted.name(), word(was), word(is));
    let problem = format!("{name}: {at} was {was} and is {is}, though the write does not name it");
    broken(Law::NoSilentLoss, problem)
}

/// Returns whether a pointer is that of a row, or within it.
fn has_row(view: &Mounted<'_>, place: &str) -> bool {
    let rows = view.view.fields.iter().filter_map(|mapping| mapping.read);
    let mut ats = rows.map(|row| row.at);
    ats.any(|at| {
        let rest = place.strip_prefix(at);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Returns whether a value contains no data of a user: `true` in `{"ok":true,"data":…}`.
fn is_frame(node: &Node) -> bool {
    matches!(node, Node::Plain(text) if text == "true")
}

fn next(version: &Node) -> Node {
    let number = version.to_string().parse::<i64>().unwrap_or_default();
    Node::Plain((number + 1).to_string())
}
