//! Where in a file something is wrong.

use miette::Diagnostic;

use crate::Mistake;

/// The mistake that `diagnostic` tells of in the text of `file`.
pub(crate) fn mistake(file: &str, text: &str, diagnostic: &(impl Diagnostic + ?Sized)) -> Mistake {
    let offset = diagnostic
        .labels()
        .and_then(|mut labels| labels.next())
        .map(|label| label.offset());
    let line = offset.map(|offset| {
        let before = text.get(..offset).unwrap_or(text);
        before.matches('\n').count() + 1
    });
    let mut message = diagnostic.to_string();
    if let Some(help) = diagnostic.help() {
        message = format!("{message} ({help})");
    }
    Mistake {
        file: file.to_owned(),
        line,
        message,
    }
}
