DROP INDEX tenants_suspended_idx;
ALTER TABLE tenants DROP COLUMN suspended_at;
