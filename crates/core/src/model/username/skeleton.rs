//! Skeletons of names, by which look-alikes are found.

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton as prototypes;

/// Returns the skeleton of `name`: two names with the same skeleton look alike.
///
/// This is the case-insensitive skeleton of UTS 39 with two additions for letters that imitate
/// Latin ones: small capitals map to their letters, and the Cyrillic letter en, which UTS 39 maps
/// to a small capital H, maps to `n`.
pub(super) fn skeleton(name: &str) -> String {
    // A letter's look depends on its case ("I" and "l"), so the case is folded afterwards. The
    // folded letter may look like others in turn ("m" and "rn").
    let spelt: String = name.nfkc().collect();
    prototypes_of(&prototypes_of(&spelt).to_lowercase())
}

fn prototypes_of(text: &str) -> String {
    let text: String = text.chars().map(read).collect();
    let mut looks = String::with_capacity(text.len());
    for prototype in prototypes(&text) {
        match prototype {
            '\u{28d}' => looks.push_str("rn"),
            other => looks.push(small_capital(other)),
        }
    }
    looks
}

fn read(letter: char) -> char {
    match letter {
        '\u{43d}' => 'n',
        other => other,
    }
}

/// Maps a small capital to its letter, for all small capitals that are prototypes in UTS 39.
fn small_capital(letter: char) -> char {
    match letter {
        '\u{1d00}' => 'a',
        '\u{299}' => 'b',
        '\u{1d05}' => 'd',
        '\u{1d07}' => 'e',
        '\u{a730}' => 'f',
        '\u{262}' => 'g',
        '\u{29c}' => 'h',
        '\u{1d0a}' => 'j',
        '\u{138}' => 'k',
        '\u{29f}' => 'l',
        '\u{274}' => 'n',
        '\u{1d18}' => 'p',
        '\u{a7af}' => 'q',
        '\u{280}' => 'r',
        '\u{1d1b}' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_have_the_same_skeleton() {
        for (name, alike) in [
            ("admin", "\u{1d00}\u{1d05}\u{1d0d}\u{26a}\u{274}"),
            ("admin", "adm\u{131}n"),
            ("admin", "\u{430}\u{501}\u{43c}\u{456}\u{43d}"),
            ("alice", "al\u{131}ce"),
            ("alice", "a1ice"),
            ("alice", "aIice"),
            ("alice", "\u{1d00}\u{29f}\u{26a}\u{1d04}\u{1d07}"),
            ("root", "r00t"),
            ("root", "\u{433}\u{43e}\u{43e}\u{442}"),
            ("system", "\u{455}\u{443}\u{455}\u{442}\u{435}\u{43c}"),
            ("mark", "rnark"),
            ("me", "\u{39c}\u{395}"),
            ("bob", "\u{ff42}\u{ff4f}\u{ff42}"),
            ("box", "B0x"),
        ] {
            assert_eq!(skeleton(name), skeleton(alike), "{alike}");
        }
    }

    #[test]
    fn distinguishable_names_have_different_skeletons() {
        for (one, other) in [
            ("ian", "lan"),
            ("zoe", "zo\u{eb}"),
            ("alice", "alice1"),
            ("alice", "a.lice"),
            ("alice-", "alice_"),
            ("user1", "user2"),
            ("anna", "hanna"),
            ("\u{438}\u{432}\u{430}\u{43d}", "ivan"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_skeleton_is_its_own_skeleton() {
        for name in ["admin", "M\u{131}1|0", "\u{41d}\u{1d0d}"] {
            assert_eq!(skeleton(&skeleton(name)), skeleton(name));
        }
    }
}
