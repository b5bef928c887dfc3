//! `docs/mapping.md`: the fields that each dialect reads, sets and clears, generated from the field
//! mappings.

mod words;

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use manyface_core::Field;
use manyface_dialect::{
    Canonical, Dialect, FieldMapping, NullMeaning, ReadForm, ReadMapping, View, WriteMapping,
};

use self::words::{limit, meaning, shown, taken, unset};

const INTRODUCTION: &str = "\
# What each dialect sees, sets and clears

A dialect changes exactly the fields that a request names; it cannot destroy what it does not show.
This page is generated from the field mappings of the adapters (`view.rs` in each crate) by
`just generate`; a test fails if it is out of date. The laws of the conformance suite check every row
over a served host.

";

/// The mappings of one canonical value in all views of a dialect.
struct DialectMappings<'a> {
    dialect: &'a Dialect,
    /// Each view with the value, and its mapping.
    views: Vec<(&'a View, &'a FieldMapping)>,
}

impl<'a> DialectMappings<'a> {
    fn of(dialect: &'a Dialect, of: Canonical) -> Self {
        let views = dialect.views.iter();
        let views = views.flat_map(|view| {
            let fields = view.fields.iter().filter(move |view| view.of == of);
            fields.map(move |field| (view, field))
        });
        Self {
            dialect,
            views: views.collect(),
        }
    }

    fn shown(&self) -> impl Iterator<Item = ReadMapping> {
        self.views.iter().filter_map(|(_, view)| view.read)
    }

    fn taken(&self) -> impl Iterator<Item = WriteMapping> {
        self.views.iter().filter_map(|(_, view)| view.write)
    }

    /// Returns whether a view can clear the value.
    fn clears(&self) -> bool {
        self.taken().any(|taken| {
            let is_list = matches!(taken.form, manyface_dialect::WriteForm::Entries { .. });
            let by = [taken.null, taken.empty];
            is_list || by.contains(&NullMeaning::Clears)
        })
    }

    fn cell(&self) -> String {
        if self.views.is_empty() {
            return "–".to_owned();
        }
        let mut does = Vec::new();
        if self.shown().next().is_some() {
            does.push("sees");
        }
        if self.taken().next().is_some() {
            does.push("sets");
        }
        if self.clears() {
            does.push("clears");
        }
        let limits: BTreeSet<_> = self.taken().filter_map(|taken| limit(taken.form)).collect();
        let limits: Vec<_> = limits.into_iter().collect();
        let limits = if limits.is_empty() {
            String::new()
        } else {
            format!(" (≤ {})", limits.join(", "))
        };
        format!("{}{limits}", does.join(", "))
    }
}

fn page(dialects: &[Dialect]) -> String {
    let mut page = INTRODUCTION.to_owned();
    matrix(dialects, &mut page);
    writes(dialects, &mut page);
    narrower(dialects, &mut page);
    for_reading_only(dialects, &mut page);
    for dialect in dialects {
        for view in dialect.views {
            table(dialect, view, &mut page);
        }
    }
    page
}

/// Returns the canonical values of all dialects, ordered by field name.
fn canonical(dialects: &[Dialect]) -> BTreeSet<Canonical> {
    let views = dialects.iter().flat_map(|dialect| dialect.views);
    let views = views.flat_map(|view| view.fields);
    let known = views.map(|view| view.of);
    known.filter(|of| *of != Canonical::Nothing).collect()
}

fn names(dialects: &[Dialect]) -> String {
    let names = dialects.iter().map(|dialect| dialect.name);
    names.collect::<Vec<_>>().join(" | ")
}

fn matrix(dialects: &[Dialect], page: &mut String) {
    page.push_str("## At a glance\n\n");
    writeln!(page, "| canonical | {} |", names(dialects)).unwrap();
    writeln!(page, "|---|{}", "---|".repeat(dialects.len())).unwrap();
    for of in canonical(dialects) {
        let cells = dialects
            .iter()
            .map(|dialect| DialectMappings::of(dialect, of).cell());
        let cells: Vec<_> = cells.collect();
        writeln!(page, "| `{}` | {} |", of.as_str(), cells.join(" | ")).unwrap();
    }
}

fn writes(dialects: &[Dialect], page: &mut String) {
    page.push_str(
        "\n## How other dialects show a written value\n\n\
         After a write through the dialect on the left, the other dialects show the value like this.\n\
         Writes through a dialect that does not show a field leave it unchanged, byte for byte.\n\n",
    );
    writeln!(page, "| written | through | {} |", names(dialects)).unwrap();
    writeln!(page, "|---|---|{}", "---|".repeat(dialects.len())).unwrap();
    for of in canonical(dialects) {
        for writer in dialects {
            let sight = DialectMappings::of(writer, of);
            if sight.taken().next().is_none() {
                continue;
            }
            let cells = dialects.iter().map(|reader| shows(reader, of));
            let cells: Vec<_> = cells.collect();
            let (name, cells) = (of.as_str(), cells.join(" | "));
            writeln!(page, "| `{name}` | {} | {cells} |", writer.name).unwrap();
        }
    }
}

/// Describes how `reader` returns the value of `of`, as itself or as a fallback of another field.
fn shows(reader: &Dialect, of: Canonical) -> String {
    let sight = DialectMappings::of(reader, of);
    let mut cells: Vec<String> = Vec::new();
    for (_, view) in &sight.views {
        if let Some(shows) = view.read {
            let cell = format!("`{}`{}", shows.at, words::change(shows.form));
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
    }
    let Canonical::Field(field) = of else {
        return cells.join("; ");
    };
    for view in reader.views {
        for view in view.fields {
            let is_fallback =
                |shows: &ReadMapping| shows.otherwise.iter().any(|of| of.contains(&field));
            if let Some(shows) = view.read.filter(is_fallback) {
                cells.push(format!("in `{}` without {}", shows.at, view.of.as_str()));
            }
        }
    }
    if cells.is_empty() {
        "–".to_owned()
    } else {
        cells.join("; ")
    }
}

fn narrower(dialects: &[Dialect], page: &mut String) {
    page.push_str(
        "\n## Where a dialect shows more than it accepts\n\n\
         A value that was written through a wider dialect is shown completely. Sent back through the\n\
         narrower one, it is no change; any other value that is too long is rejected.\n\n\
         | canonical | wider | narrower |\n|---|---|---|\n",
    );
    for of in canonical(dialects) {
        for wide in dialects {
            for narrow in dialects {
                let of_both = (
                    DialectMappings::of(wide, of),
                    DialectMappings::of(narrow, of),
                );
                let (Some(wider), Some(narrower)) =
                    (of_both.0.taken().next(), of_both.1.taken().next())
                else {
                    continue;
                };
                if of_both.1.shown().next().is_none() {
                    continue;
                }
                let Some((wider, narrower)) = words::narrows(wider.form, narrower.form) else {
                    continue;
                };
                let (name, wide, narrow) = (of.as_str(), of_both.0.dialect, of_both.1.dialect);
                writeln!(
                    page,
                    "| `{name}` | {} {wider} | {} {narrower} |",
                    wide.name, narrow.name
                )
                .unwrap();
            }
        }
    }
}

/// Lists values that are returned in place of stored ones. Writing them back changes nothing.
fn for_reading_only(dialects: &[Dialect], page: &mut String) {
    page.push_str(
        "\n## Fallbacks\n\n\
         A value that is shown in place of an unset field is not stored when it is sent back: a response\n\
         may always be sent back, and changes nothing.\n\n\
         | dialect | shown at | |\n|---|---|---|\n",
    );
    for dialect in dialects {
        let views = dialect.views.iter();
        for view in views.flat_map(|view| view.fields) {
            let (Some(shows), Some(takes)) = (view.read, view.write) else {
                continue;
            };
            let (name, at, of) = (dialect.name, shows.at, view.of.as_str());
            if !shows.otherwise.is_empty() {
                let others = unset(&shows);
                writeln!(page, "| {name} | `{at}` | without `{of}`: {others} |").unwrap();
            }
            if matches!(shows.form, ReadForm::DataUrl { .. }) && takes.null == NullMeaning::Clears {
                let why = "`null` for an external image: sent back, it is no change";
                writeln!(page, "| {name} | `{at}` | {why} |").unwrap();
            }
        }
    }
}

fn table(dialect: &Dialect, view: &View, page: &mut String) {
    let (base, path) = (dialect.base, view.path);
    write!(page, "\n## {}", dialect.name).unwrap();
    if !view.name.is_empty() {
        write!(page, ": {}", view.name).unwrap();
    }
    let headers = view.headers.iter();
    let headers = headers.map(|(name, value)| format!(", with `{name}: {value}`"));
    let headers = headers.collect::<Vec<_>>().concat();
    write!(
        page,
        "\n\n`GET` and `{}` `{base}{path}`{headers}. A key that is left out {}.\n\n",
        view.method,
        match view.absent {
            NullMeaning::Clears => "is cleared",
            NullMeaning::Keeps | NullMeaning::Rejects | NullMeaning::Value => "stays as it is",
        }
    )
    .unwrap();
    page.push_str("| shown at | canonical | as | unset |\n|---|---|---|---|\n");
    let name = |of: Canonical| {
        if of == Canonical::Nothing {
            "unknown to manyface".to_owned()
        } else {
            format!("`{}`", of.as_str())
        }
    };
    for mapping in view.fields {
        if let Some(read) = mapping.read {
            let (at, of) = (read.at, name(mapping.of));
            let (form, unset) = (shown(read.form), unset(&read));
            writeln!(page, "| `{at}` | {of} | {form} | {unset} |").unwrap();
        }
    }
    page.push_str("\n| written at | canonical | accepts | `null`; `\"\"` |\n|---|---|---|---|\n");
    for mapping in view.fields {
        if let Some(write) = mapping.write {
            let (at, of) = (write.at, name(mapping.of));
            let (null, empty) = (meaning(write.null), meaning(write.empty));
            let accepts = taken(write.form);
            writeln!(page, "| `{at}` | {of} | {accepts} | {null}; {empty} |").unwrap();
        }
    }
}

#[test]
fn the_mapping_page_is_up_to_date() {
    let page = page(&manyface::dialects());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mapping.md");
    if std::env::var_os("MANYFACE_GENERATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == published,
        "run `cargo xtask generate`; it should be:\n{page}"
    );
}

/// At least one dialect returns each field.
#[test]
fn writable_values_are_readable() {
    let dialects = manyface::dialects();
    for dialect in &dialects {
        assert!(!dialect.views.is_empty(), "{}", dialect.name);
        for view in dialect.views {
            for view in view.fields {
                let sight = DialectMappings::of(dialect, view.of);
                let is_seen = sight.shown().next().is_some();
                assert!(is_seen, "{} {:?}", dialect.name, view.of);
                if let Some(ReadMapping {
                    form: ReadForm::Fixed,
                    ..
                }) = view.read
                {
                    assert_eq!(view.write, None, "{} {:?}", dialect.name, view.of);
                }
            }
        }
    }
    let owned = manyface_core::managed_fields(manyface_core::AuthProvider::Oidc);
    let seen = canonical(&dialects);
    for field in owned.iter().copied().chain([Field::DisplayName]) {
        assert!(seen.contains(&Canonical::Field(field)), "{field}");
    }
}
