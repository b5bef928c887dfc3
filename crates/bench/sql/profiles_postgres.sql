INSERT INTO profiles SELECT
    ('01980000-0000-7000-8000-' || number)::uuid, (SELECT id FROM tenants WHERE is_default),
    '{"movieknight":"66a1f2c4e5b3' || number || '"}', 'fan' || number, 'fan' || number, 'fan' || number || '@example.com',
    'Movie Fan ' || number, 'Movie Fan Number ' || number, 'Movie', 'Fan ' || number,
    'I rate everything against Fight Club. Fan number ' || number, NULL, 'https://i.imgur.com/' || md5(number::text) || '.png',
    'US', '1999-05-20', '+1 555 ' || number, '{"city":"Springfield","street":"Evergreen Terrace ' || number || '"}', 'fan',
    'https://www.linkedin.com/in/fan' || number, 'https://github.com/fan' || number, NULL, NULL, 'https://example.com/fans/' || number,
    NULL, '[1,5,12]', '[]', '[3]', '[]', NULL, NULL, false, true, true, false, '{"theme":"dark","number":' || number || '}', 'local', '{}',
    timestamptz 'epoch' + (1782383400000000 + number) * interval '1 microsecond', timestamptz 'epoch' + (1782383400000000 + number) * interval '1 microsecond', 1
FROM generate_series({first}, {first} + {count} - 1) AS number;
INSERT INTO external_ids SELECT 'movieknight', '66a1f2c4e5b3' || number, ('01980000-0000-7000-8000-' || number)::uuid
FROM generate_series({first}, {first} + {count} - 1) AS number;
INSERT INTO usernames SELECT 'fan' || number, ('01980000-0000-7000-8000-' || number)::uuid
FROM generate_series({first}, {first} + {count} - 1) AS number;
