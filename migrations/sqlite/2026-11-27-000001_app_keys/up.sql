-- A key is of an account, or of an app with the accounts that installed it (a JSON array).
ALTER TABLE api_keys ADD COLUMN app TEXT;
ALTER TABLE api_keys ADD COLUMN accounts TEXT NOT NULL DEFAULT '[]';
UPDATE api_keys SET accounts = json_array(account);
ALTER TABLE api_keys DROP COLUMN account;

-- The tenant of who makes an upload: an account of the same name in another tenant is another one.
ALTER TABLE uploads ADD COLUMN tenant_id TEXT;
UPDATE uploads SET tenant_id = COALESCE(
    (SELECT p.tenant_id FROM profiles AS p WHERE p.id = uploads.profile_id),
    (SELECT t.id FROM tenants AS t WHERE t.is_default)
);
