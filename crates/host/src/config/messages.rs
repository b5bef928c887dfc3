//! Error messages about settings, without their values.

/// Returns the message, with the line of `text` and the key.
pub(super) fn with_line(error: &toml::de::Error, text: &str) -> String {
    let place = error.span().map_or(0, |span| span.start);
    let before = text.get(..place).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let key = text
        .get(start..)
        .and_then(|rest| rest.lines().next()?.split_once('='));
    let key = key.map(|(key, _)| key.trim()).filter(|key| is_key(key));
    let key = key.map(|key| format!(", {key}")).unwrap_or_default();
    format!("line {line}{key}: {}", plain(error))
}

/// Returns the message. The value is omitted, because it may be a secret.
pub(super) fn plain(error: &toml::de::Error) -> String {
    let message = error.message();
    let names_value = message.starts_with("invalid value") || message.starts_with("invalid type");
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if names_value => format!("must be {}", explain_expected(expected)),
        Some(_) | None => message.to_owned(),
    }
}

/// Explains what serde expects, for users who do not know serde.
fn explain_expected(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list, such as [\"tenant\"]",
        "a string" | "string or table" | "path string" => "text in quotes",
        "a boolean" => "true or false",
        "a map" => "a table",
        _ if expected.starts_with("struct ") => "a table",
        _ => expected,
    }
}

/// Returns `text` without a URL's user and password: everything from `://` to the last `@`.
pub(super) fn without_password(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) if rest.contains('@') => {
            let (_, host) = rest.rsplit_once('@').unwrap_or_default();
            format!("{scheme}://…@{host}")
        }
        Some(_) | None => text.to_owned(),
    }
}

fn is_key(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    !text.is_empty() && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn check(text: &str, expected: &str) {
        let error = toml::from_str::<Config>(text).unwrap_err();
        assert_eq!(with_line(&error, text), expected, "{text}");
    }

    #[test]
    fn messages_name_types_in_plain_words() {
        for (text, expected) in [
            (
                "docs = true\n[[dialects.iam.issuers]]\naudience = 'x'",
                "line 3, audience: must be a list, such as [\"tenant\"]",
            ),
            ("docs = 'yes'", "line 1, docs: must be true or false"),
            (
                "log = 7",
                "line 1, log: must be a level in quotes, or a table",
            ),
            ("data_dir = 7", "line 1, data_dir: must be text in quotes"),
            (
                "database_url = [1]",
                "line 1, database_url: must be text in quotes",
            ),
            ("media = 7", "line 1, media: must be a table"),
            ("dialects = 7", "line 1, dialects: must be a table"),
            ("[dialects]\niam = 7", "line 2, iam: must be a table"),
            (
                "listen = '8460'",
                "line 1, listen: must be an IP address and a port, such as 127.0.0.1:8460 or \
                 [::1]:8460",
            ),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn numbers_have_a_range() {
        let most = u64::MAX.to_string();
        for (key, range) in [
            ("workers", "1 to 512"),
            ("shutdown_timeout_seconds", "0 to 86400"),
            ("drain_seconds", "0 to 3600"),
            ("body_timeout_seconds", "1 to 86400"),
            ("body_memory_mib", "1 to 1048576"),
            ("database.max_connections", "1 to 10000"),
            ("database.acquire_timeout_ms", "1 to 3600000"),
            ("database.statement_timeout_ms", "1 to 86400000"),
            ("database.busy_timeout_ms", "0 to 3600000"),
            ("database.queue", "1 to 1000000"),
            ("database.readers", "1 to 256"),
            ("media.decoders", "1 to 256"),
            ("media.queue", "1 to 100000"),
            ("media.queue_per_user", "1 to 100000"),
            ("media.grace_hours", "1 to 876000"),
            ("media.collect_every_minutes", "1 to 525600"),
            ("auth.cache_entries", "0 to 10000000"),
            ("auth.keys_max_age_seconds", "1 to 31536000"),
            ("auth.refetch_cooldown_seconds", "0 to 86400"),
            ("dialects.iam.requests_per_minute", "0 to 1000000000"),
        ] {
            let (first, last) = range.split_once(" to ").unwrap();
            for good in [first, last] {
                let text = format!("{key} = {good}");
                assert!(toml::from_str::<Config>(&text).is_ok(), "{text}");
            }
            let past: u64 = last.parse::<u64>().unwrap() + 1;
            let below = first.parse::<i64>().unwrap() - 1;
            let (past, below) = (past.to_string(), below.to_string());
            for wrong in [&past, &below, "-9223372036854775808", "9223372036854775807"] {
                let expected = format!("line 1, {key}: must be a whole number from {range}");
                check(&format!("{key} = {wrong}"), &expected);
            }
            for wrong in ["1.5", "'1'", "[1]", "inf"] {
                let expected = format!("line 1, {key}: must be a whole number from {range}");
                check(&format!("{key} = {wrong}"), &expected);
            }
            let text = format!("{key} = {most}");
            let error = toml::from_str::<Config>(&text).unwrap_err();
            let message = with_line(&error, &text);
            assert!(
                message.starts_with(&format!("line 1, {key}: ")),
                "{message}"
            );
        }
    }

    #[test]
    fn messages_omit_passwords_in_urls() {
        let check = |text: &str, expected: &str| assert_eq!(without_password(text), expected);
        check("\"https://u:p@ss@h/x\"", "\"https://…@h/x\"");
        check("\"https://h/x\"", "\"https://h/x\"");
        check("\"a@b\"", "\"a@b\"");
    }
}
