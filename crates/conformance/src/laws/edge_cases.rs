//! Edge cases for each form of the field table.

mod plain;

use manyface_dialect::{ImageForm, UsernameForm, WriteForm};
use proptest::{
    prelude::{Just, Strategy, any},
    sample::select,
    strategy::{BoxedStrategy, Union},
};

use super::{
    judge::KINDS,
    pictures::{self, COUNT, placeholder},
};
use crate::node::quoted;

use plain::address;
pub(super) use plain::{given, limits, two};

/// The placeholder in a case for the initial name of the user: no other user has a name
/// that begins with it.
pub(super) const OWN_NAME: &str = "{{username}}";

/// Strings that servers are known to mangle.
const TEXTS: [&str; 26] = [
    "x",
    "  blanks around\t\n",
    "two  inside",
    "\u{feff}\u{200b}zero width at the ends\u{2060}",
    "e\u{301}\u{327} combining, decomposed",
    "\u{1112}\u{1161}\u{11ab} jamo",
    "\u{212b}ngstr\u{f6}m",
    "\u{1d518}\u{1f600} astral",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466} family",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} flag of tags",
    "\u{1f44d}\u{1f3fd}\u{fe0f} tone",
    "\u{2067}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{2069} isolate, \u{200f}mark",
    "\u{627}\u{644}\u{633}\u{644}\u{627}\u{645}",
    "Z\u{351}\u{36b}\u{343}a\u{489}lgo",
    "<script>alert(1)</script>",
    "a & b &amp; c &#x3c;",
    "\"quotes\" 'and' \\back\\slashes\\ \\u0041",
    "${HOME} {{token}} %s %00 $1 :name",
    "'; DROP TABLE profiles; --",
    "line\nbreak\r\nand\ttab",
    "null",
    "0",
    "1e400",
    "\u{fdfa}\u{fdfa} long under NFKC",
    "i\u{307}\u{130}\u{131} \u{df}\u{1e9e} \u{3c3}\u{3c2}",
    "\u{fffd}\u{fffe}\u{10ffff} no characters",
];

/// Strings that every dialect rejects.
const REJECTED: [&str; 5] = [
    "a\0b",
    "\u{1b}[31m",
    "a\u{202e}gnp",
    "c1\u{85}x",
    "\u{7f}del",
];

/// Strings without a visible character.
const BLANK: [&str; 6] = [
    "",
    " ",
    "\t\n",
    "\u{200b}",
    "\u{a0}\u{3000}",
    "\u{200d}\u{ad}",
];

/// Values of other types than string.
const OTHER: [&str; 4] = ["true", "[]", "{}", "[\"x\"]"];

/// Generates a valid or invalid value for `form`, as JSON.
pub(super) fn value(form: WriteForm) -> BoxedStrategy<String> {
    let good = match form {
        WriteForm::Text { max } => Union::new_weighted(vec![
            (5, texts(select(&TEXTS[..]).prop_map(str::to_owned).boxed())),
            (2, texts("\\PC{1,12}".boxed())),
            (2, texts(edges(max))),
            (
                1,
                texts(select(&REJECTED[..]).prop_map(str::to_owned).boxed()),
            ),
        ])
        .boxed(),
        WriteForm::Username { max, form } => texts(usernames(max, form)),
        WriteForm::Url { max } | WriteForm::DocumentUrl { max } => texts(links(max)),
        WriteForm::Image(form) => picture(form),
        WriteForm::Country { .. } => countries(),
        WriteForm::Date => dates(),
        WriteForm::Json { max, depth } => jsons(max, depth),
        WriteForm::Boolean => select(
            &[
                "true",
                "false",
                "1",
                "0",
                "\"yes\"",
                "\"Off\"",
                "\"TRUE\"",
                "\"n\"",
                "\"maybe\"",
                "[]",
                "{}",
                "2",
            ][..],
        )
        .prop_map(str::to_owned)
        .boxed(),
        WriteForm::Entries { max } => lists(max),
        WriteForm::Choice => texts(
            select(vec![KINDS[0], KINDS[1], "Developer", "admin"])
                .prop_map(str::to_owned)
                .boxed(),
        ),
    };
    let blank = texts(select(&BLANK[..]).prop_map(str::to_owned).boxed());
    let other = select(&OTHER[..]).prop_map(str::to_owned).boxed();
    let is_any = matches!(form, WriteForm::Json { .. });
    let is_text = !matches!(
        form,
        WriteForm::Json { .. }
            | WriteForm::Boolean
            | WriteForm::Entries { .. }
            | WriteForm::Image(ImageForm::Upload { .. })
    );
    let blank_weight = if is_text { 2 } else { 0 };
    let mut all = vec![(12, good), (2, Just("null".to_owned()).boxed())];
    if blank_weight > 0 {
        all.push((blank_weight, blank));
    } else {
        all.push((1, Just("\"\"".to_owned()).boxed()));
    }
    if !is_any {
        all.push((1, other));
    }
    Union::new_weighted(all).boxed()
}

fn countries() -> BoxedStrategy<String> {
    texts(
        select(
            &[
                "US",
                "us",
                "Us",
                " DE ",
                "USA",
                "deu",
                "GBR",
                "Germany",
                "united kingdom",
                "C\u{f4}te d'Ivoire",
                "UK",
                "EU",
                "XX",
                "ZZZ",
                "\u{ff35}\u{ff33}",
                "u\u{17f}",
                "T\u{fc}rkiye",
                "BV",
                "840",
            ][..],
        )
        .prop_map(str::to_owned)
        .boxed(),
    )
}

fn dates() -> BoxedStrategy<String> {
    texts(
        Union::new(vec![
            select(
                &[
                    "1999-05-20",
                    "2000-02-29",
                    "1900-02-29",
                    "0001-01-01",
                    "0000-01-01",
                    "1999-13-01",
                    "1999-04-31",
                    "1970-01-01",
                    "19\u{662}9-01-01",
                    "today",
                    "-",
                ][..],
            )
            .prop_map(str::to_owned)
            .boxed(),
            (1..=2_000, 1..=12, 1..=28)
                .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
                .boxed(),
        ])
        .boxed(),
    )
}

fn texts(texts: BoxedStrategy<String>) -> BoxedStrategy<String> {
    texts.prop_map(|text| quoted(&text)).boxed()
}

/// Strings of the maximum length and one longer, of one-byte characters, of several-byte characters,
/// and of characters that are composed into one.
fn edges(max: usize) -> BoxedStrategy<String> {
    let units = vec!["x", "\u{e9}", "e\u{301}", "\u{1f600}"];
    (select(units), any::<bool>(), any::<bool>())
        .prop_map(move |(unit, is_over, has_blanks)| {
            let text = unit.repeat(max + usize::from(is_over));
            if has_blanks {
                format!(" {text}\n")
            } else {
                text
            }
        })
        .boxed()
}

fn usernames(max: usize, form: UsernameForm) -> BoxedStrategy<String> {
    let ends: &[&str] = match form {
        UsernameForm::Ascii => &["", "-a", "-B2", "--", "-"],
        UsernameForm::Unicode => &["", "-a", "@b", ".c", "+d", "_e"],
    };
    let own = select(ends).prop_map(|end| format!("{OWN_NAME}{end}"));
    let wrong = select(
        &[
            "a b",
            "a/b",
            "\u{200b}",
            "a\u{1f600}",
            "\u{430}dmin a",
            "a\0",
            "<b>",
        ][..],
    );
    let long = "a".repeat(max + 1);
    Union::new_weighted(vec![
        (6, own.boxed()),
        (1, wrong.prop_map(str::to_owned).boxed()),
        (1, Just(long).boxed()),
    ])
    .boxed()
}

fn links(max: usize) -> BoxedStrategy<String> {
    let fixed = [
        "https://linkedin.com/in/ada",
        "http://example.com/?a=1&b=%20#c",
        "ftp://example.org/x",
        " https://example.net/a ",
        "https://example.com/<script>",
        "javascript:alert(1)",
        "example.com",
        "mailto:a@example.com",
        "not a link",
    ];
    Union::new_weighted(vec![
        (4, select(fixed.to_vec()).prop_map(str::to_owned).boxed()),
        (1, Just(address(max)).boxed()),
        (1, Just(address(max + 1)).boxed()),
        (
            2,
            "[a-z0-9/]{1,20}"
                .prop_map(|path| format!("https://example.com/{path}"))
                .boxed(),
        ),
    ])
    .boxed()
}

fn picture(form: ImageForm) -> BoxedStrategy<String> {
    let own = 0..COUNT;
    let data = own
        .clone()
        .prop_map(|number| pictures::picture(number).data_url.clone());
    let fixed = vec![
        "https://i.example.com/a.png",
        "http://example.com/\u{e4}.png?x=<b>&y",
        "HTTPS://EXAMPLE.COM/A.GIF",
        "ftp://example.com/a.png",
        "https://u:p@example.com/a.png",
        "data:image/png;base64,AAAA",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:text/html,<b>",
        "data:image/png;base64,A A=",
        "example",
    ];
    let fixed = select(fixed).prop_map(str::to_owned);
    let long = |max: usize| select(vec![address(max), address(max + 1)]).boxed();
    match form {
        ImageForm::UrlOrDataUrl { url: max, .. } => texts(
            Union::new_weighted(vec![(4, data.boxed()), (4, fixed.boxed()), (1, long(max))])
                .boxed(),
        ),
        ImageForm::DataUrl { .. } => {
            texts(Union::new_weighted(vec![(4, data.boxed()), (1, fixed.boxed())]).boxed())
        }
        ImageForm::Url { max } => texts(
            Union::new_weighted(vec![(4, fixed.boxed()), (1, data.boxed()), (1, long(max))])
                .boxed(),
        ),
        ImageForm::Upload { .. } => Union::new_weighted(vec![
            (
                5,
                own.prop_map(|number| format!("{{\"id\":{}}}", quoted(&placeholder(number))))
                    .boxed(),
            ),
            (1, Just("{\"id\":\"user_1\"}".to_owned()).boxed()),
            (1, Just("{\"id\":7}".to_owned()).boxed()),
        ])
        .boxed(),
    }
}

fn jsons(max: usize, depth: usize) -> BoxedStrategy<String> {
    let fixed = [
        "{\"city\":\"London\",\"zip\":null}",
        "[1.50,1e3,-0,0.1000,1E-7]",
        "{\"a\":[],\"b\":{},\"c\":\"\"}",
        "{\"\":1,\" \":2,\"\u{e9}\":3,\"e\u{301}\":4}",
        "9223372036854775807",
        "18446744073709551615",
        "123456789012345678901234567890",
        "1e400",
        "true",
        "\"<b>\u{1f600} \\\" \\\\ \u{2028}\"",
        "\" kept as it is \"",
        "[[[[[[]]]]]]",
        "{\"z\":1,\"a\":2}",
    ];
    let edges = limits(WriteForm::Json { max, depth });
    Union::new_weighted(vec![
        (5, select(fixed.to_vec()).prop_map(str::to_owned).boxed()),
        (2, select(edges).boxed()),
    ])
    .boxed()
}

fn lists(max: usize) -> BoxedStrategy<String> {
    let names = vec![
        "\"Rust\"",
        "\"rust \"",
        "\"Machine  Learning\"",
        "\"machine learning\"",
        "\"C++\"",
        "\"stra\u{df}e\"",
        "\"STRASSE\"",
        "\"e\u{301}te\u{301}\"",
        "\"\u{1f980}\"",
        "\"<b>\"",
    ];
    let wrong = vec!["\" \"", "null", "true", "[]", "\"a\\u0000\"", "999999999"];
    let list = |item: BoxedStrategy<&'static str>, count| {
        proptest::collection::vec(item, count)
            .prop_map(|items| format!("[{}]", items.join(",")))
            .boxed()
    };
    let mixed = Union::new_weighted(vec![
        (5, select(names.clone()).boxed()),
        (1, select(wrong).boxed()),
    ]);
    Union::new_weighted(vec![
        (6, list(select(names).boxed(), 0..6)),
        (2, list(mixed.boxed(), 1..4)),
        (1, select(limits(WriteForm::Entries { max })).boxed()),
        (1, Just("\"Rust\"".to_owned()).boxed()),
    ])
    .boxed()
}
