//! Pairs of direction marks that enclose a whole text.

/// The maximum depth of nested pairs (UAX #9, `max_depth`). Strings with deeper nesting are
/// unchanged.
const MAX_DEPTH: usize = 125;
/// The number of bytes of each mark in UTF-8.
const MARK_BYTES: usize = 3;

/// The effect of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Opens an embedding or an override: LRE, RLE, LRO, RLO.
    Embedding,
    /// Opens an isolate: LRI, RLI, FSI.
    Isolate,
    /// Closes an embedding or an override: PDF.
    Pop,
    /// Closes an isolate and everything open in it: PDI.
    PopIsolate,
}

impl Mark {
    const fn of(c: char) -> Option<Self> {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => Some(Self::Embedding),
            '\u{2066}'..='\u{2068}' => Some(Self::Isolate),
            '\u{202c}' => Some(Self::Pop),
            '\u{2069}' => Some(Self::PopIsolate),
            _ => None,
        }
    }
}

/// Trims `text` and removes the pairs of marks that enclose it, in at most two passes.
pub(super) fn strip_enclosing_marks(text: &str, is_blank: fn(char) -> bool) -> &str {
    let mut text = text.trim_matches(is_blank);
    let opens = |text: &str| text.chars().next().and_then(Mark::of);
    if !matches!(opens(text), Some(Mark::Embedding | Mark::Isolate)) {
        return text;
    }
    let pairs = outer_pairs(text, is_blank);
    // The offset of the remaining text, which the offsets in `pairs` refer to.
    let mut start = 0;
    for (open, close) in pairs {
        if open != start || close + MARK_BYTES != start + text.len() {
            break;
        }
        let inner = &text[MARK_BYTES..text.len() - MARK_BYTES];
        text = inner.trim_matches(is_blank);
        start += MARK_BYTES + (inner.len() - inner.trim_start_matches(is_blank).len());
    }
    text
}

/// Returns the offsets of the leading marks and of the marks that close them, the outermost first.
/// Empty if the marks are nested too deep.
fn outer_pairs(text: &str, is_blank: fn(char) -> bool) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, Option<usize>)> = Vec::new();
    // The open marks; leading ones with their index in `pairs`.
    let mut open: Vec<(Mark, Option<usize>)> = Vec::new();
    let mut is_start = true;
    for (at, c) in text.char_indices() {
        let Some(mark) = Mark::of(c) else {
            is_start &= is_blank(c);
            continue;
        };
        let closed = match mark {
            Mark::Embedding | Mark::Isolate => {
                if open.len() == MAX_DEPTH {
                    return Vec::new();
                }
                open.push((mark, is_start.then_some(pairs.len())));
                if is_start {
                    pairs.push((at, None));
                }
                continue;
            }
            Mark::Pop => open.pop_if(|(mark, _)| *mark == Mark::Embedding),
            Mark::PopIsolate => {
                let isolate = open.iter().rposition(|(mark, _)| *mark == Mark::Isolate);
                isolate.and_then(|index| open.drain(index..).next())
            }
        };
        is_start = false;
        if let Some((_, Some(index))) = closed {
            pairs[index].1 = Some(at);
        }
    }
    let closed = pairs
        .into_iter()
        .map_while(|(open, close)| Some((open, close?)));
    closed.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(
            strip_enclosing_marks(text, char::is_whitespace),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn enclosing_pairs_are_removed() {
        for open in ['\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}'] {
            check(&format!("{open}a b\u{202c}"), "a b");
            check(&format!("{open}a b\u{2069}"), &format!("{open}a b\u{2069}"));
        }
        for open in ['\u{2066}', '\u{2067}', '\u{2068}'] {
            check(&format!("{open}a b\u{2069}"), "a b");
            check(&format!("{open}a b\u{202c}"), &format!("{open}a b\u{202c}"));
        }
        check(" \u{2068} \u{202d} a \u{202c}\n\u{2069} ", "a");
        check("\u{202d}\u{202d}a\u{202c}\u{202c}", "a");
        check("\u{202d}a\u{2067}b\u{2069}\u{202c}", "a\u{2067}b\u{2069}");
        // Only the end of an isolate closes all marks that are open in it.
        check("\u{2066}\u{202d}a\u{2069}", "\u{202d}a");
        check("\u{2066}a\u{202c}b\u{2069}", "a\u{202c}b");
        check("\u{202d}a\u{2069}b\u{202c}", "a\u{2069}b");
    }

    #[test]
    fn other_marks_are_kept() {
        for text in [
            "a",
            "\u{202d}a",
            "a\u{202c}",
            "\u{202c}a\u{202d}",
            "\u{202d}a\u{202c}b",
            "b\u{202d}a\u{202c}",
            "\u{202d}a\u{202c} \u{202d}b\u{202c}",
            "\u{202d}a\u{202c}b\u{202c}",
            "\u{202d}\u{202d}a\u{202c}",
            "\u{2067}a\u{2069}\u{2067}b\u{2069}",
            "\u{200e}a\u{200f}",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn pairs_beyond_the_maximum_depth_are_kept() {
        let nested = |depth: usize| {
            let (open, close) = ("\u{202d}".repeat(depth), "\u{202c}".repeat(depth));
            format!("{open}a{close}")
        };
        check(&nested(MAX_DEPTH), "a");
        check(&nested(MAX_DEPTH + 1), &nested(MAX_DEPTH + 1));
    }

    proptest! {
        #[test]
        fn trimming_is_idempotent(
            text in "[ab \u{202a}-\u{202e}\u{2066}-\u{2069}]{0,12}",
        ) {
            let once = strip_enclosing_marks(&text, char::is_whitespace);
            prop_assert_eq!(strip_enclosing_marks(once, char::is_whitespace), once);
        }

        #[test]
        fn an_additional_pair_changes_nothing(text in "[ab \u{202d}\u{202c}\u{2067}\u{2069}]{0,8}") {
            let once = strip_enclosing_marks(&text, char::is_whitespace);
            // An isolate encloses the text if the text closes only its own isolates.
            let depth = once.chars().try_fold(0_i32, |depth, c| match c {
                '\u{2067}' => Some(depth + 1),
                '\u{2069}' => (depth > 0).then_some(depth - 1),
                _ => Some(depth),
            });
            prop_assume!(depth == Some(0));
            let enclosed = format!("\u{2068}{text}\u{2069}");
            prop_assert_eq!(strip_enclosing_marks(&enclosed, char::is_whitespace), once);
        }
    }
}
