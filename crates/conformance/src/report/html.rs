//! A report as one self-contained HTML file.

use std::fmt::{Arguments, Write as _};

use super::{Counts, Delta, Outcome, OutcomeStatus, Report, json::source};

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

impl Report {
    /// Returns the report as one self-contained HTML file. Text from servers is escaped.
    pub fn to_html(&self, delta: Option<&Delta>) -> String {
        let mut html = String::new();
        let title = escaped(&format!("{} · {}", self.dialect, self.label));
        line(
            &mut html,
            format_args!(
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                 style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
                 <meta name=\"viewport\" content=\"width=device-width\">\n\
                 <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
                 <h1>manyface conform: {title}</h1>"
            ),
        );
        self.head(&mut html);
        if let Some(delta) = delta {
            changes(&mut html, delta);
        }
        self.tables(&mut html);
        line(
            &mut html,
            format_args!(
                "<h2>Exchanges</h2>\n<div class=\"bar\">\
                 <input type=\"search\" placeholder=\"filter\" aria-label=\"filter\">"
            ),
        );
        for kind in ["failed", "passed", "skipped"] {
            line(
                &mut html,
                format_args!(
                    "<label><input type=\"checkbox\" value=\"{kind}\" checked> {kind}</label>"
                ),
            );
        }
        line(
            &mut html,
            format_args!("<span id=\"shown\" class=\"dim\"></span></div>"),
        );
        let rank = |outcome: &&Outcome| match outcome.status {
            OutcomeStatus::Failed(_) => 0,
            OutcomeStatus::Passed => 1,
            OutcomeStatus::Skipped(_) => 2,
        };
        let mut outcomes: Vec<_> = self.outcomes.iter().collect();
        outcomes.sort_by_key(rank);
        for outcome in outcomes {
            exchange(&mut html, outcome);
        }
        line(
            &mut html,
            format_args!("<script>\n{SCRIPT}</script>\n</body>\n</html>"),
        );
        html
    }

    fn head(&self, html: &mut String) {
        let Counts {
            passed,
            failed,
            skipped,
        } = self.counts();
        let writes = if self.allow_writes {
            "writes allowed"
        } else {
            "read-only"
        };
        line(
            html,
            format_args!(
                "<p class=\"sum\"><span class=\"good\">{passed} passed</span>, \
                 <span class=\"bad\">{failed} failed</span>, \
                 <span class=\"skip\">{skipped} skipped</span></p>\n\
                 <p class=\"dim\">{writes}, {:.1} s</p>",
                self.elapsed.as_secs_f64()
            ),
        );
        if let Some(problem) = self.ended.problem() {
            let problem = escaped(problem);
            line(
                html,
                format_args!("<div class=\"loud\">The run is incomplete: {problem}</div>"),
            );
        }
        for unrestored in &self.unrestored {
            let unrestored = escaped(&unrestored.to_string());
            line(
                html,
                format_args!("<div class=\"loud\">Not restored:<pre>{unrestored}</pre></div>"),
            );
        }
    }

    fn tables(&self, html: &mut String) {
        html.push_str(
            "<h2>Sections</h2>\n<table><tr><th>section<th class=\"n\">passed\
             <th class=\"n\">failed<th class=\"n\">skipped</tr>\n",
        );
        for (section, counts) in self.sections() {
            let Counts {
                passed,
                failed,
                skipped,
            } = counts;
            let section = escaped(section);
            line(
                html,
                format_args!(
                    "<tr><td><code>{section}</code><td class=\"n\">{passed}\
                     <td class=\"n\">{failed}<td class=\"n\">{skipped}</tr>"
                ),
            );
        }
        html.push_str("</table>\n");
        let skips = self.skips();
        if skips.is_empty() {
            return;
        }
        html.push_str("<h2>Skipped because it</h2>\n<table>\n");
        for (code, (count, reason)) in skips {
            let reason = escaped(&reason);
            line(
                html,
                format_args!(
                    "<tr><td class=\"n\">{count}<td>{reason}<td class=\"dim\">{code}</tr>"
                ),
            );
        }
        html.push_str("</table>\n");
    }
}

fn changes(html: &mut String, delta: &Delta) {
    html.push_str("<h2>Since the earlier report</h2>\n<table>\n");
    for (what, names) in [
        ("new failures", &delta.new_failures),
        ("still failing", &delta.still_failing),
        ("fixed", &delta.fixed),
        ("no longer run", &delta.no_longer_run),
        ("new exchanges", &delta.new_exchanges),
        ("removed exchanges", &delta.removed_exchanges),
    ] {
        let (count, names) = (names.len(), escaped(&names.join(", ")));
        line(
            html,
            format_args!("<tr><td class=\"n\">{count}<td>{what}<td>{names}</tr>"),
        );
    }
    html.push_str("</table>\n");
}

fn exchange(html: &mut String, outcome: &Outcome) {
    let (kind, class) = match outcome.status {
        OutcomeStatus::Passed => ("passed", "good"),
        OutcomeStatus::Failed(_) => ("failed", "bad"),
        OutcomeStatus::Skipped(_) => ("skipped", "skip"),
    };
    let (name, why) = (escaped(&outcome.name), escaped(&outcome.why));
    let (section, source) = (escaped(&outcome.section), escaped(&source(&outcome.source)));
    line(
        html,
        format_args!(
            "<details data-kind=\"{kind}\"><summary><b class=\"{class}\">{kind}</b> \
             <code>{name}</code> <span class=\"dim\">{why}</span></summary>\n<div>\
             <p class=\"dim\"><code>{section}</code> · {source} · {:.3} s</p>",
            outcome.elapsed.as_secs_f64()
        ),
    );
    match &outcome.status {
        OutcomeStatus::Passed => {}
        OutcomeStatus::Failed(problem) => {
            line(html, format_args!("<pre>{}</pre>", escaped(problem)));
        }
        OutcomeStatus::Skipped(skip) => {
            line(
                html,
                format_args!("<p>It {}.</p>", escaped(&skip.to_string())),
            );
        }
    }
    for raw in &outcome.sent {
        let (doing, request) = (escaped(&raw.doing), escaped(&raw.request));
        let response = escaped(&raw.response);
        line(
            html,
            format_args!(
                "<p>{doing}</p>\n<div class=\"pair\"><pre>{request}</pre><pre>{response}</pre></div>"
            ),
        );
    }
    html.push_str("</div></details>\n");
}

/// Text for HTML and XML, in elements and in attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn line(html: &mut String, arguments: Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(html, "{arguments}");
}
