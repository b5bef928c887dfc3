INSERT INTO profiles (id, tenant_id, external_ids, username, username_key, email, display_name, full_name, given_name,
    family_name, bio, avatar_image, avatar_url, country, date_of_birth, phone, address, user_type, linkedin_url, github_url,
    twitter_url, facebook_url, website_url, portfolio_url, skills, investment_interests, technical_interests, focus_area,
    resume, company_info, communication_preferences_phone, communication_preferences_email, platform_features_emails,
    activity_based_emails, additional_data, auth_provider, operator_data, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-8000-' || number)::uuid, (SELECT id FROM tenants WHERE is_default),
    '{"movieknight":"66a1f2c4e5b3' || number || '"}', 'fan' || number, 'fan' || number, 'fan' || number || '@example.com',
    'Movie Fan ' || number, 'Movie Fan Number ' || number, 'Movie', 'Fan ' || number,
    'I rate everything against Fight Club. Fan number ' || number, NULL, 'https://i.imgur.com/' || md5(number::text) || '.png',
    'US', '1999-05-20', '+1 555 ' || number, '{"city":"Springfield","street":"Evergreen Terrace ' || number || '"}', 'fan',
    'https://www.linkedin.com/in/fan' || number, 'https://github.com/fan' || number, NULL, NULL, 'https://example.com/fans/' || number,
    NULL, '[1,5,12]', '[]', '[3]', '[]', NULL, NULL, false, true, true, false, '{"theme":"dark","number":' || number || '}', 'local', '{}',
    timestamptz 'epoch' + (1782383400000000 + number) * interval '1 microsecond', timestamptz 'epoch' + (1782383400000000 + number) * interval '1 microsecond', 1
FROM generate_series({first}, {first} + {count} - 1) AS number;
INSERT INTO external_ids (dialect, external_id, profile_id)
SELECT 'movieknight', '66a1f2c4e5b3' || number, ('01980000-0000-7000-8000-' || number)::uuid
FROM generate_series({first}, {first} + {count} - 1) AS number;
INSERT INTO usernames (username_key, profile_id)
SELECT 'fan' || number, ('01980000-0000-7000-8000-' || number)::uuid
FROM generate_series({first}, {first} + {count} - 1) AS number;
