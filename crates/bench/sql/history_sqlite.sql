WITH RECURSIVE entries (entry) AS (SELECT 1 UNION ALL SELECT entry + 1 FROM entries WHERE entry < {entries}),
    owners AS (SELECT entry, {first} + entry * 7919 % {count} AS owner FROM entries)
INSERT INTO profile_changes (profile_id, version, at, actor, dialect, api_version, request_id, patch)
SELECT '01980000-0000-7000-8000-' || owner, 1, 1782383400000000 + entry, 'movieknight:66a1f2c4e5b3' || owner, 'movieknight', NULL,
    '0123456789ab' || ({first} + entry), '{"display_name":"Movie Fan ' || entry || '","bio":"I rate everything against Fight Club. Take ' || entry || '","country":"US"}'
FROM owners;
