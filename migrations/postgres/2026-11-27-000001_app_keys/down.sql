ALTER TABLE uploads DROP COLUMN tenant_id;
ALTER TABLE api_keys ADD COLUMN account text;
DELETE FROM api_keys WHERE app IS NOT NULL;
UPDATE api_keys SET account = accounts::jsonb ->> 0;
ALTER TABLE api_keys ALTER COLUMN account SET NOT NULL;
ALTER TABLE api_keys DROP COLUMN accounts;
ALTER TABLE api_keys DROP COLUMN app;
