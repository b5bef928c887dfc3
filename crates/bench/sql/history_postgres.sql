INSERT INTO profile_changes (profile_id, version, at, actor, dialect, api_version, request_id, patch)
SELECT ('01980000-0000-7000-8000-' || owner)::uuid, 1, timestamptz 'epoch' + (1782383400000000 + entry) * interval '1 microsecond', 'movieknight:66a1f2c4e5b3' || owner, 'movieknight', NULL,
    '0123456789ab' || ({first} + entry), ('{"display_name":"Movie Fan ' || entry || '","bio":"I rate everything against Fight Club. Take ' || entry || '","country":"US"}')::json
FROM (SELECT entry, {first} + entry * 7919 % {count} AS owner FROM generate_series(1::bigint, {entries}) AS entry) AS entries;
