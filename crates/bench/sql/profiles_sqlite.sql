WITH RECURSIVE numbers (number) AS (SELECT {first} UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < {first} + {count})
INSERT INTO profiles SELECT
    '01980000-0000-7000-8000-' || number, (SELECT id FROM tenants WHERE is_default),
    '{"movieknight":"66a1f2c4e5b3' || number || '"}', 'fan' || number, 'fan' || number, 'fan' || number || '@example.com',
    'Movie Fan ' || number, 'Movie Fan Number ' || number, 'Movie', 'Fan ' || number,
    'I rate everything against Fight Club. Fan number ' || number, NULL, 'https://i.imgur.com/' || lower(hex(randomblob(16))) || '.png',
    'US', '1999-05-20', '+1 555 ' || number, '{"city":"Springfield","street":"Evergreen Terrace ' || number || '"}', 'fan',
    'https://www.linkedin.com/in/fan' || number, 'https://github.com/fan' || number, NULL, NULL, 'https://example.com/fans/' || number,
    NULL, '[1,5,12]', '[]', '[3]', '[]', NULL, NULL, 0, 1, 1, 0, '{"theme":"dark","number":' || number || '}', 'local', '{}',
    1782383400000000 + number, 1782383400000000 + number, 1, NULL
FROM numbers;
WITH RECURSIVE numbers (number) AS (SELECT {first} UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < {first} + {count})
INSERT INTO external_ids SELECT 'movieknight', '66a1f2c4e5b3' || number, '01980000-0000-7000-8000-' || number FROM numbers;
WITH RECURSIVE numbers (number) AS (SELECT {first} UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < {first} + {count})
INSERT INTO usernames SELECT 'fan' || number, '01980000-0000-7000-8000-' || number FROM numbers;
