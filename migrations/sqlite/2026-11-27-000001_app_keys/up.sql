-- A key is of an account, or of an app with the accounts that installed it (a JSON array).
ALTER TABLE api_keys ADD COLUMN app TEXT;
ALTER TABLE api_keys ADD COLUMN accounts TEXT NOT NULL DEFAULT '[]';
UPDATE api_keys SET accounts = json_array(account);
ALTER TABLE api_keys DROP COLUMN account;
