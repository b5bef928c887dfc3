//! Tables for people, in Markdown.

use crate::{
    growth::Grown,
    summary::{Ratio, Row},
    targets::{Target, TargetStatus},
};

/// The cell of a missing measurement.
const NOTHING: &str = "–";

/// The contenders.
pub(crate) fn contenders(rows: &[Row]) -> String {
    let heads = [
        "",
        "",
        "connections",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "host CPU µs",
        "PostgreSQL CPU µs",
        "RSS MiB",
        "peak MiB",
        "errors",
        "of pgbench",
        "of echo",
        "CPU of echo",
    ];
    let lines = rows.iter().map(|row| {
        let figures = &row.figures;
        [
            row.operation.method().to_owned(),
            row.contender.title().to_owned(),
            row.connections.to_string(),
            format!("{:.0}", figures.rate),
            millis(Some(figures.p50_us)),
            millis(figures.p99_us),
            number(figures.host_cpu_us),
            number(figures.postgres_cpu_us),
            mebibytes(figures.rss_kib),
            mebibytes(figures.peak_kib),
            errors(figures.errors, figures.unwritten),
            ratio(row.of_pgbench),
            ratio(row.of_echo),
            ratio(row.cpu_of_echo),
        ]
    });
    table(&heads, lines)
}

/// The targets.
pub(crate) fn targets(targets: &[Target]) -> String {
    let heads = [
        "at 64 connections unless said",
        "measured",
        "at least",
        "aim",
        "",
    ];
    let lines = targets.iter().map(|target| {
        let (sign, unit) = (target.sign(), target.unit);
        let status = match target.status() {
            None => "not measured",
            Some(TargetStatus::Missed) => "**missed**",
            Some(TargetStatus::Met) => "met",
            Some(TargetStatus::Reached) => "met, and the aim",
        };
        let measured = target
            .measured
            .map(|_| format!("{} {unit}", ratio(target.measured)));
        [
            target.name.to_owned(),
            measured.unwrap_or_else(|| NOTHING.to_owned()),
            format!("{sign} {} {unit}", target.bound),
            format!("{} {unit}", target.aim),
            status.to_owned(),
        ]
    });
    table(&heads, lines)
}

/// PATCH on ever more data.
pub(crate) fn growth(grown: &[Grown]) -> String {
    let heads = [
        "PATCH at 64 connections",
        "profiles",
        "history before",
        "requests/s",
        "p99 ms",
        "errors",
        "of 1,000 profiles",
    ];
    let lines = grown.iter().map(|grown| {
        [
            grown.database.title().to_owned(),
            grown.profiles.to_string(),
            grown.history.to_string(),
            format!("{:.0}", grown.rate),
            millis(Some(grown.p99_us)),
            errors(grown.errors, grown.unwritten),
            ratio(grown.of_smallest),
        ]
    });
    table(&heads, lines)
}

fn table<const N: usize>(heads: &[&str; N], lines: impl Iterator<Item = [String; N]>) -> String {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(heads);
    text += &line(&["---"; N]);
    for cells in lines {
        text += &line(&cells.each_ref().map(String::as_str));
    }
    text
}

fn millis(micros: Option<f64>) -> String {
    micros.map_or_else(
        || NOTHING.to_owned(),
        |micros| format!("{:.2}", micros / 1e3),
    )
}

fn number(figure: Option<f64>) -> String {
    figure.map_or_else(|| NOTHING.to_owned(), |figure| format!("{figure:.0}"))
}

fn mebibytes(kibibytes: Option<u64>) -> String {
    kibibytes.map_or_else(|| NOTHING.to_owned(), |kib| kib.div_ceil(1024).to_string())
}

fn errors(errors: u64, unwritten: u64) -> String {
    if unwritten == 0 {
        errors.to_string()
    } else {
        format!("{errors}, and {unwritten} not in the history")
    }
}

/// The median, and the range if known.
fn ratio(ratio: Option<Ratio>) -> String {
    match ratio {
        None => NOTHING.to_owned(),
        Some(Ratio { median, min, max }) if format!("{min:.2}") == format!("{max:.2}") => {
            format!("{median:.2}")
        }
        Some(Ratio { median, min, max }) => format!("{median:.2} ({min:.2}–{max:.2})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_has_its_range() {
        assert_eq!(ratio(None), "–");
        assert_eq!(ratio(Ratio::of([2.0].into_iter())), "2.00");
        let three = Ratio::of([2.5, 2.0, 3.0].into_iter());
        assert_eq!(ratio(three), "2.50 (2.00–3.00)");
    }

    #[test]
    fn a_table_has_as_many_columns_as_heads() {
        let text = table(&["a", "b"], [["1".to_owned(), "2".to_owned()]].into_iter());
        assert_eq!(text, "| a | b |\n| --- | --- |\n| 1 | 2 |\n");
    }
}
