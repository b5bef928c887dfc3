-- A key is of an account, or of an app with the accounts that installed it (a JSON array).
ALTER TABLE api_keys ADD COLUMN app text COLLATE "C";
ALTER TABLE api_keys ADD COLUMN accounts text NOT NULL DEFAULT '[]';
UPDATE api_keys SET accounts = jsonb_build_array(account)::text;
ALTER TABLE api_keys ALTER COLUMN accounts DROP DEFAULT;
ALTER TABLE api_keys DROP COLUMN account;
