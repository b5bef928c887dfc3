\set user random(0, :users - 1)
\set number :first + :user * :stride + mod(:user * 7919 + :seed, :stride)
\set take random(100000000, 999999999)
\set now 1782383400000000 + :take
WITH p AS (UPDATE profiles SET bio = 'I rate everything against Fight Club. Take ' || :take::text, display_name = 'Movie Fan ' || :take::text, country = 'US', updated_at = timestamptz 'epoch' + :now::bigint * interval '1 microsecond', version = version + 1 WHERE id = ('01980000-0000-7000-8000-' || :number::text)::uuid RETURNING *), change AS (INSERT INTO profile_changes (profile_id, version, at, actor, dialect, api_version, request_id, patch) SELECT id, version, updated_at, 'movieknight=66a1f2c4e5b3' || :number::text, 'movieknight', NULL, '0123456789ab' || :number::text, ('{"display_name":"Movie Fan ' || :take::text || '","bio":"I rate everything against Fight Club. Take ' || :take::text || '","country":"US"}')::json FROM p) SELECT * FROM p;
