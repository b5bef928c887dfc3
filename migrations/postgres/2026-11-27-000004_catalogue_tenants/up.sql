-- An entry belongs to a tenant, or all tenants share it (NULL). Ids are random: they do not tell how many
-- entries other tenants have.
ALTER TABLE catalogue ALTER COLUMN id DROP IDENTITY;
ALTER TABLE catalogue DROP CONSTRAINT catalogue_name_key;
ALTER TABLE catalogue ADD COLUMN tenant_id uuid;
-- The profile whose write added the entry, and when (microseconds since 1970); NULL for an operator's.
ALTER TABLE catalogue ADD COLUMN created_by uuid;
ALTER TABLE catalogue ADD COLUMN created_at bigint;

-- Only operators describe entries: those with a description are shared. Of the others, each belongs to
-- the tenants whose profiles refer to it; the first keeps the id, and the others get copies. What no profile
-- refers to belongs to the only tenant, or is removed if there are several: it may be any tenant's.
CREATE TEMPORARY TABLE owners ON COMMIT DROP AS
WITH used AS (
    SELECT profiles.tenant_id, entry.value::integer AS id
    FROM profiles, jsonb_array_elements_text(skills::jsonb) AS entry (value)
    UNION ALL
    SELECT profiles.tenant_id, entry.value::integer AS id
    FROM profiles, jsonb_array_elements_text(investment_interests::jsonb) AS entry (value)
    UNION ALL
    SELECT profiles.tenant_id, entry.value::integer AS id
    FROM profiles, jsonb_array_elements_text(technical_interests::jsonb) AS entry (value)
    UNION ALL
    SELECT profiles.tenant_id, entry.value::integer AS id
    FROM profiles, jsonb_array_elements_text(focus_area::jsonb) AS entry (value)
), named AS (
    SELECT DISTINCT used.tenant_id, catalogue.id FROM used JOIN catalogue USING (id)
    UNION
    SELECT used.tenant_id, catalogue.merged_into FROM used JOIN catalogue USING (id)
    WHERE catalogue.merged_into IS NOT NULL
    UNION
    SELECT tenants.id, catalogue.id FROM tenants, catalogue WHERE (SELECT count(*) FROM tenants) = 1
)
SELECT named.tenant_id, named.id AS original, row_number() OVER (PARTITION BY named.id ORDER BY named.tenant_id) AS place
FROM named JOIN catalogue USING (id) WHERE catalogue.description IS NULL;

CREATE TEMPORARY TABLE copies ON COMMIT DROP AS
SELECT tenant_id, original,
    ((SELECT COALESCE(max(id), 0) FROM catalogue) + row_number() OVER (ORDER BY original, tenant_id))::integer AS id
FROM owners WHERE place > 1;
CREATE INDEX copies_idx ON copies (tenant_id, original);

INSERT INTO catalogue (id, tenant_id, kind, name, name_key, merged_into)
SELECT copies.id, copies.tenant_id, c.kind, c.name, c.name_key, c.merged_into
FROM copies JOIN catalogue AS c ON c.id = copies.original;

UPDATE catalogue SET tenant_id = owners.tenant_id FROM owners
WHERE owners.original = catalogue.id AND owners.place = 1;

UPDATE catalogue AS c SET merged_into = copies.id FROM copies
WHERE copies.tenant_id = c.tenant_id AND copies.original = c.merged_into;

UPDATE profiles SET skills = (
    SELECT '[' || string_agg(COALESCE(copies.id, entry.value::integer)::text, ',' ORDER BY entry.place) || ']'
    FROM jsonb_array_elements_text(skills::jsonb) WITH ORDINALITY AS entry (value, place)
    LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
)
WHERE EXISTS (
    SELECT 1 FROM jsonb_array_elements_text(skills::jsonb) AS entry (value)
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
);

UPDATE profiles SET investment_interests = (
    SELECT '[' || string_agg(COALESCE(copies.id, entry.value::integer)::text, ',' ORDER BY entry.place) || ']'
    FROM jsonb_array_elements_text(investment_interests::jsonb) WITH ORDINALITY AS entry (value, place)
    LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
)
WHERE EXISTS (
    SELECT 1 FROM jsonb_array_elements_text(investment_interests::jsonb) AS entry (value)
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
);

UPDATE profiles SET technical_interests = (
    SELECT '[' || string_agg(COALESCE(copies.id, entry.value::integer)::text, ',' ORDER BY entry.place) || ']'
    FROM jsonb_array_elements_text(technical_interests::jsonb) WITH ORDINALITY AS entry (value, place)
    LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
)
WHERE EXISTS (
    SELECT 1 FROM jsonb_array_elements_text(technical_interests::jsonb) AS entry (value)
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
);

UPDATE profiles SET focus_area = (
    SELECT '[' || string_agg(COALESCE(copies.id, entry.value::integer)::text, ',' ORDER BY entry.place) || ']'
    FROM jsonb_array_elements_text(focus_area::jsonb) WITH ORDINALITY AS entry (value, place)
    LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
)
WHERE EXISTS (
    SELECT 1 FROM jsonb_array_elements_text(focus_area::jsonb) AS entry (value)
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value::integer
);

-- A merge stays only within one tenant, or into a shared entry.
UPDATE catalogue AS c SET merged_into = NULL FROM catalogue AS target
WHERE target.id = c.merged_into AND (target.tenant_id = c.tenant_id
    OR (target.tenant_id IS NULL AND target.description IS NOT NULL)) IS NOT TRUE;
DELETE FROM catalogue WHERE tenant_id IS NULL AND description IS NULL;

CREATE UNIQUE INDEX catalogue_shared_name_idx ON catalogue (kind, name_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX catalogue_tenant_name_idx ON catalogue (tenant_id, kind, name_key) WHERE tenant_id IS NOT NULL;
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by) WHERE created_by IS NOT NULL;
ALTER TABLE catalogue
ADD CONSTRAINT catalogue_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
ADD CONSTRAINT catalogue_created_by_fkey FOREIGN KEY (created_by) REFERENCES profiles (id) ON DELETE SET NULL;
