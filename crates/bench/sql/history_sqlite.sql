WITH RECURSIVE entries (entry) AS (SELECT 1 UNION ALL SELECT entry + 1 FROM entries WHERE entry < {entries}),
    owners AS (SELECT entry, {first} + entry * 7919 % {count} AS owner FROM entries)
INSERT INTO profile_changes (seq, previous, profile_id, version, at, actor, dialect, api_version, request_id, patch)
SELECT entry, LAG(entry) OVER (PARTITION BY owner ORDER BY entry), '01980000-0000-7000-8000-' || owner, 1, 1782383400000000 + entry,
    'movieknight:66a1f2c4e5b3' || owner, 'movieknight', NULL,
    '0123456789ab' || ({first} + entry), '{"display_name":"Movie Fan ' || entry || '","bio":"I rate everything against Fight Club. Take ' || entry || '","country":"US"}'
FROM owners;
UPDATE profiles SET last_change = latest.seq
FROM (SELECT profile_id, MAX(seq) AS seq FROM profile_changes GROUP BY profile_id) AS latest WHERE latest.profile_id = profiles.id;
