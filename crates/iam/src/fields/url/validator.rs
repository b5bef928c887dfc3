//! The framework's syntax of URLs, with some stricter rules.

use std::net::Ipv6Addr;

use manyface_core::{BlobKey, WebUrl};
use unicode_normalization::UnicodeNormalization;

const SCHEMES: [&str; 4] = ["http", "https", "ftp", "ftps"];
/// The maximum length of a host name (RFC 1034 §3.1).
const MAX_HOST: usize = 253;
/// The maximum length of a URL.
const MAX_CHARS: usize = 2_048;

/// Returns whether Django's `URLValidator` accepts `text`. User information is rejected, and so are
/// backslashes and direction marks, which disguise a URL.
///
/// <https://docs.djangoproject.com/en/5.2/ref/validators/#urlvalidator>
pub(super) fn is_url(text: &str) -> bool {
    let is_direction_mark = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_unsafe =
        |c: char| c.is_whitespace() || c.is_control() || is_direction_mark(c) || c == '\\';
    if text.chars().nth(MAX_CHARS).is_some() || text.contains(is_unsafe) {
        return false;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    if !SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') || hides_delimiter(authority) {
        return false;
    }
    let (host, port) = host_and_port(authority);
    let is_port = |port: &str| {
        (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    port.is_none_or(is_port) && is_host(host)
}

/// Returns whether `text` has the form of the URL of a stored résumé. Its owner is checked later.
pub(super) fn is_stored_resume(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default();
    let key = name
        .strip_suffix(".pdf")
        .or_else(|| name.strip_suffix(".docx"));
    let is_key = key.is_some_and(|key| key.parse::<BlobKey>().is_ok());
    is_key && WebUrl::parse(text).is_ok()
}

/// Returns whether normalisation of the host adds delimiters, as U+2100 becomes `a/c`.
fn hides_delimiter(authority: &str) -> bool {
    !authority.is_ascii() && {
        let is_delimiter = |c| matches!(c, '/' | '?' | '#' | '@' | ':');
        let before = authority.chars().filter(|c| is_delimiter(*c)).count();
        authority.nfkc().filter(|c| is_delimiter(*c)).count() != before
    }
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    let end = authority.rfind(']').unwrap_or(0);
    match authority[end..].split_once(':') {
        Some((_, port)) => (&authority[..authority.len() - port.len() - 1], Some(port)),
        None => (authority, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        let inner = inner.strip_suffix(']').unwrap_or_default();
        return inner.parse::<Ipv6Addr>().is_ok();
    }
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    host.chars().nth(MAX_HOST).is_none() && (is_ipv4(host) || is_name(host))
}

/// Returns whether `host` is four numbers up to 255 without leading zeros.
fn is_ipv4(host: &str) -> bool {
    let numbers: Vec<_> = host.split('.').collect();
    numbers.len() == 4
        && numbers.iter().all(|number| {
            let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
            let has_no_leading_zero = *number == "0" || !number.starts_with('0');
            is_plain && has_no_leading_zero && number.parse::<u8>().is_ok()
        })
}

/// Returns whether `host` has two or more labels, the last without digits or beginning with `xn--`.
fn is_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut labels: Vec<_> = host.split('.').collect();
    let Some(top_level) = labels.pop() else {
        return false;
    };
    !labels.is_empty() && labels.iter().all(|label| is_label(label)) && is_top_level(top_level)
}

/// Returns whether a label has at most 63 letters, digits and hyphens, without hyphens at the ends.
fn is_label(label: &str) -> bool {
    let length = label.chars().count();
    let is_allowed = |c: char| is_letter(c) || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&length)
        && label.chars().all(is_allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_top_level(label: &str) -> bool {
    let length = label.chars().count();
    let is_encoded = label
        .get(..4)
        .filter(|prefix| prefix.eq_ignore_ascii_case("xn--"))
        .is_some_and(|_| {
            let rest = &label[4..];
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=59).contains(&rest.len()) && rest.bytes().all(is_allowed)
        });
    let is_plain = (2..=63).contains(&length)
        && label.chars().all(|c| is_letter(c) || c == '-')
        && !label.starts_with('-');
    (is_encoded || is_plain) && !label.ends_with('-')
}

/// Returns whether `c` is an ASCII letter, or a character from U+00A1 to the end of the BMP.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{a1}'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_the_framework_are_accepted() {
        for text in [
            "http://a.com",
            "HTTP://A.COM",
            "ftp://a.com",
            "ftps://a.com",
            "http://localhost:99999",
            "http://[::1]/",
            "http://[::ffff:1.2.3.4]",
            "http://1.2.3.4",
            "http://0.0.0.0",
            "http://b\u{fc}cher.de",
            "http://a.com.",
            "http://xn--p1ai.xn--p1ai",
            "http://a.com/\u{2100}",
            "http://exa\u{ad}mple.com",
            "http://a.com:80/x?y=z#q",
            "http://a.com?x",
            "http://a.\u{17f}\u{17f}",
        ] {
            assert!(is_url(text), "{text}");
        }
    }

    #[test]
    fn other_strings_are_rejected() {
        let long_label = format!("http://{}.com", "a".repeat(64));
        let long_host = format!("http://{}com", "a.".repeat(126));
        for text in [
            "",
            "a.com",
            "//a.com",
            "javascript:alert(1)",
            "javascript://a.com/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "https:\\\\a.com",
            "http://a.com\\x",
            "http://@a.com",
            "http://a b.com",
            "http://[zz]",
            "http://[::1",
            "http://[v1.a]/",
            "http://]a.com",
            "http://[1:2:3:4:5:6:7:8:9]",
            "http://1.2.3",
            "http://256.1.1.1",
            "http://01.1.1.1",
            "http://1.2.3.4.5",
            "http://\u{1f600}.com",
            "http://a.com?x y",
            "http://a-.com",
            "http://-a.com",
            "http://a.c",
            "http://a.co-",
            "http://a_b.com",
            "http://a.123",
            "http://a.com:",
            "http://a.com:80:80",
            "http:///a.com",
            "http://a..com",
            "http://a\u{2100}.com/",
            "http://a.com#\u{3000}x",
            "\u{17f}ttp://a.com",
            &long_label,
            &long_host,
            // The framework accepts these.
            "https://u:p@a.com",
            "https://user@a.com:80/x",
            "http://a.com/\u{202e}",
            "http://a.com/x\\y",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn stored_resumes_are_recognised_by_their_name() {
        let key = "0123456789abcdef0123456789abcdef";
        assert!(is_stored_resume(&format!("http://host:1/x/{key}.pdf")));
        assert!(is_stored_resume(&format!("https://a.example/{key}.docx")));
        for text in [
            format!("https://a.example/{key}.exe"),
            format!("https://a.example/{}.pdf", &key[1..]),
            format!("ftp://a.example/{key}.pdf"),
            format!("{key}.pdf"),
        ] {
            assert!(!is_stored_resume(&text), "{text}");
        }
    }
}
