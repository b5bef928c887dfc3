-- All entries are everybody's again; the second entry of a name gets another name.
DROP INDEX catalogue_shared_name_idx, catalogue_tenant_name_idx, catalogue_created_by_idx;
UPDATE catalogue AS c SET name = c.name || ' ' || c.id, name_key = c.name_key || ' ' || c.id
WHERE EXISTS (
    SELECT 1 FROM catalogue AS other WHERE other.kind = c.kind AND other.name_key = c.name_key AND other.id < c.id
);
ALTER TABLE catalogue
DROP COLUMN tenant_id,
DROP COLUMN created_by,
DROP COLUMN created_at,
ADD CONSTRAINT catalogue_name_key UNIQUE (kind, name_key),
ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
-- New ids follow those that there are.
SELECT setval(pg_get_serial_sequence('catalogue', 'id'), max(id)) FROM catalogue;
