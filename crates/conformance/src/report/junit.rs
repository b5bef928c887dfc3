//! A report as JUnit XML, as CI servers read it.

use std::fmt::Write as _;

use super::{Counts, Outcome, OutcomeStatus, Report, html::escaped};

impl Report {
    /// The report as JUnit XML: a test suite for each section, a test case for each exchange.
    /// A reason for an incomplete run is a separate test case, with an error.
    pub fn to_junit(&self) -> String {
        let mut suites: Vec<(&str, Vec<&Outcome>)> = Vec::new();
        for section in self.sections().into_keys() {
            let here = self.outcomes.iter().filter(|o| o.section == section);
            suites.push((section, here.collect()));
        }
        let errors = self.errors();
        let Counts {
            passed,
            failed,
            skipped,
        } = self.counts();
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        let tests = passed + failed + skipped + errors.len();
        line(
            &mut xml,
            format_args!(
                "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{}\" \
                 skipped=\"{skipped}\" time=\"{:.3}\">",
                text(&format!("manyface conform {} {}", self.dialect, self.label)),
                errors.len(),
                self.elapsed.as_secs_f64()
            ),
        );
        for (section, outcomes) in suites {
            suite(&mut xml, section, &outcomes);
        }
        if !errors.is_empty() {
            let count = errors.len();
            line(
                &mut xml,
                format_args!("<testsuite name=\"the run\" tests=\"{count}\" errors=\"{count}\">"),
            );
            for (name, problem) in errors {
                line(
                    &mut xml,
                    format_args!(
                        "<testcase classname=\"the run\" name=\"{name}\">\
                         <error message=\"{0}\">{0}</error></testcase>",
                        text(&problem)
                    ),
                );
            }
            xml.push_str("</testsuite>\n");
        }
        xml.push_str("</testsuites>\n");
        xml
    }

    fn errors(&self) -> Vec<(&'static str, String)> {
        let ended = self.ended.problem();
        let ended = ended.map(|problem| ("the run is whole", problem.to_owned()));
        let unrestored = self.unrestored.iter();
        let unrestored = unrestored.map(|one| ("the profile is put back", one.to_string()));
        ended.into_iter().chain(unrestored).collect()
    }
}

fn suite(xml: &mut String, section: &str, outcomes: &[&Outcome]) {
    let counts = Counts::of(outcomes.iter().copied());
    let seconds: f64 = outcomes.iter().map(|o| o.elapsed.as_secs_f64()).sum();
    let section = text(section);
    line(
        xml,
        format_args!(
            "<testsuite name=\"{section}\" tests=\"{}\" failures=\"{}\" errors=\"0\" \
             skipped=\"{}\" time=\"{seconds:.3}\">",
            outcomes.len(),
            counts.failed,
            counts.skipped
        ),
    );
    for outcome in outcomes {
        let (name, seconds) = (text(&outcome.name), outcome.elapsed.as_secs_f64());
        line(
            xml,
            format_args!(
                "<testcase classname=\"{section}\" name=\"{name}\" time=\"{seconds:.3}\">"
            ),
        );
        match &outcome.status {
            OutcomeStatus::Passed => {}
            OutcomeStatus::Failed(problem) => {
                let travelled = outcome
                    .sent
                    .iter()
                    .map(|raw| format!("--- {}\n{}\n\n{}\n", raw.doing, raw.request, raw.response));
                let travelled: String = travelled.collect();
                line(
                    xml,
                    format_args!(
                        "<failure message=\"{}\">{}</failure>",
                        text(&outcome.why),
                        text(&format!("{problem}\n\n{travelled}"))
                    ),
                );
            }
            OutcomeStatus::Skipped(skip) => {
                let reason = text(&skip.to_string());
                line(xml, format_args!("<skipped message=\"{reason}\"/>"));
            }
        }
        xml.push_str("</testcase>\n");
    }
    xml.push_str("</testsuite>\n");
}

/// Escapes text for XML 1.0; characters that it excludes are shown as their numbers.
fn text(text: &str) -> String {
    let mut allowed = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                allowed.push(letter);
            }
            other => {
                // Writing to a String cannot fail.
                let _ = write!(allowed, "\\u{{{:x}}}", u32::from(other));
            }
        }
    }
    escaped(&allowed)
}

fn line(xml: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(xml, "{arguments}");
}
