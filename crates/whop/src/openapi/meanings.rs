//! What the keys of responses mean.

/// What stands before the path of something that was just made.
const NEW: &str = "new_";

/// What stands at `path`, where the keys are parted by points.
pub(super) fn meaning(path: &str) -> &'static str {
    let path = path.strip_prefix(NEW).unwrap_or(path);
    let found = MEANINGS.iter().find(|(known, _)| *known == path);
    let last = path.rsplit('.').next().unwrap_or_default();
    let by_key = || KEYS.iter().find(|(known, _)| *known == last);
    let found = found.or_else(by_key);
    found.map_or_else(|| panic!("{path} has no meaning"), |(_, meaning)| *meaning)
}

/// Whether there is never anything at `path`: not because the examples have nothing there, but
/// because this server knows nothing of it.
pub(super) fn is_unknown(path: &str) -> bool {
    // What was just made is still to come.
    let is_to_come = ["new_file.size", "new_file.url"].contains(&path);
    let meaning = meaning(path).to_ascii_lowercase();
    [
        "not known to this server",
        "this server knows none",
        "in one piece",
    ]
    .iter()
    .any(|words| is_to_come || meaning.contains(words))
}

/// What means something else than elsewhere.
const MEANINGS: &[(&str, &str)] = &[
    ("user", "A user."),
    ("user.id", "The user's id. It never changes."),
    (
        "user.name",
        "The name that is shown; null where none is set.",
    ),
    ("user.created_at", "When the profile was made."),
    (
        "user.profile_picture",
        "The picture. From 2026-08-21 on there is always one, if only a generated one.",
    ),
    (
        "user.balance",
        "What the user holds, by its kinds: null where it is not asked for, not allowed or not \
         known.",
    ),
    (
        "user.balances",
        "What the user holds, one after the other: empty where it is not asked for, not allowed or \
         not known.",
    ),
    (
        "user.balance.cash.item.balance",
        "How much of it is available.",
    ),
    (
        "user.balance.crypto.item.value_usd",
        "What that is worth in US dollars; 0 where that is not known.",
    ),
    (
        "user.verification.business",
        "As a business; null where it is not known.",
    ),
    ("file", "A file."),
    ("file.id", "The file's id."),
    ("file.created_at", "When it was asked for."),
    (
        "file.url",
        "Where a public file is, once it is ready; null otherwise.",
    ),
    (
        "file.upload_headers",
        "The headers that the file must be sent with.",
    ),
];

/// What means the same everywhere.
const KEYS: &[(&str, &str)] = &[
    ("Content-Type", "The type that the file must be sent as."),
    ("amount", "How much."),
    ("available", "How much may be used now."),
    ("balance", "How much there is."),
    ("balance_history", "Not known to this server."),
    ("balance_usd", "What that is worth in US dollars."),
    ("banner", "Not known to this server."),
    ("bio", "About the user; null where nothing is set."),
    ("breakdown", "How much of it is in which state."),
    ("business", "As a business."),
    ("businesses", "Businesses: this server knows none."),
    ("businesses_total_usd", "What they are worth in US dollars."),
    ("cards", "Not known to this server."),
    ("cash", "Currencies."),
    ("cash_usd", "What the currencies are worth in US dollars."),
    ("content_type", "The type of the file."),
    ("created_at", "When it was made."),
    ("crypto", "Tokens."),
    ("crypto_usd", "What the tokens are worth in US dollars."),
    ("currency", "The currency's code, in lower case."),
    ("date", "When."),
    (
        "direct_upload_id",
        "The signed name by which the file may be given to a profile. It is told when the file is \
         made, and then never again.",
    ),
    ("earnings_usd", "Not known to this server."),
    (
        "email",
        "Where the user gets mail: null for everybody but the user themself, with the scope \
         `user:email:read`.",
    ),
    ("filename", "What the file was called."),
    ("icon_url", "Where its picture is."),
    ("id", "The id."),
    ("in_transit", "How much is on its way."),
    (
        "in_transit_balance_usd",
        "What is on its way, in US dollars.",
    ),
    ("individual", "As a person; null where it is not known."),
    ("item", "One of them."),
    ("level", "Not known to this server."),
    ("multipart_chunk_size", "Files are sent in one piece."),
    ("multipart_upload_id", "Files are sent in one piece."),
    ("multipart_upload_urls", "Files are sent in one piece."),
    ("name", "What it is called."),
    ("object", "What this is."),
    ("pending", "How much is not settled yet."),
    (
        "pending_balance_usd",
        "What is not settled yet, in US dollars.",
    ),
    (
        "pending_settlements",
        "When what is pending will be settled.",
    ),
    (
        "pending_usd",
        "What is pending of the currencies, in US dollars.",
    ),
    (
        "price_usd",
        "What one is worth in US dollars; null where that is not known.",
    ),
    (
        "removed_by_moderation",
        "Whether the file was taken away: never here.",
    ),
    ("reserve", "How much is held back."),
    ("reserve_balance_usd", "What is held back, in US dollars."),
    (
        "size",
        "How many bytes the file has; null until it is ready.",
    ),
    ("social_links", "This server knows none."),
    ("staff", "Not known to this server."),
    ("status", "How far it has come."),
    ("symbol", "Its short name."),
    ("total_usd", "What everything is worth in US dollars."),
    ("total_withdrawable_balance", "How much may be taken out."),
    ("trading", "Not known to this server."),
    (
        "treasury_pending_usd",
        "What is pending in treasuries, in US dollars: nothing here.",
    ),
    ("upload_status", "How far the upload has come."),
    (
        "upload_url",
        "Where to send the file with `PUT`, within the hour.",
    ),
    ("url", "Where it is."),
    ("username", "The unique name."),
    (
        "value_usd",
        "What that is worth in US dollars; null where that is not known.",
    ),
    ("verification", "What is known of who the user is."),
    (
        "visibility",
        "Whether the file has an address that needs no signature.",
    ),
    ("whop_partner_enabled_at", "Not known to this server."),
    (
        "whop_partner_onboarded_accounts_count",
        "Not known to this server.",
    ),
    ("whop_partner_verified_at", "Not known to this server."),
];
