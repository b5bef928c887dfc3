-- Only operators describe entries: those with a description are shared. Of the others, each belongs to
-- the tenants whose profiles refer to it; the first keeps the id, and the others get copies. What no profile
-- refers to belongs to the only tenant, or is removed if there are several: it may be any tenant's.
CREATE TEMPORARY TABLE owners AS
WITH used AS (
    SELECT profiles.tenant_id, entry.value AS id FROM profiles, json_each(skills) AS entry
    UNION ALL
    SELECT profiles.tenant_id, entry.value AS id FROM profiles, json_each(investment_interests) AS entry
    UNION ALL
    SELECT profiles.tenant_id, entry.value AS id FROM profiles, json_each(technical_interests) AS entry
    UNION ALL
    SELECT profiles.tenant_id, entry.value AS id FROM profiles, json_each(focus_area) AS entry
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

CREATE TEMPORARY TABLE copies AS
SELECT tenant_id, original,
    (SELECT COALESCE(max(id), 0) FROM catalogue) + row_number() OVER (ORDER BY original, tenant_id) AS id
FROM owners WHERE place > 1;
CREATE INDEX copies_idx ON copies (tenant_id, original);

-- An entry belongs to a tenant, or all tenants share it (NULL). Ids are random: they do not tell how many
-- entries other tenants have.
CREATE TABLE owned_catalogue (
    id INTEGER PRIMARY KEY,
    tenant_id TEXT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    merged_into INTEGER,
    -- The profile whose write added the entry, and when (microseconds since 1970); NULL for an operator's.
    created_by TEXT,
    created_at INTEGER,
    CONSTRAINT catalogue_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT catalogue_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES owned_catalogue (id),
    CONSTRAINT catalogue_created_by_fkey FOREIGN KEY (created_by) REFERENCES profiles (id) ON DELETE SET NULL
) STRICT;

INSERT INTO owned_catalogue (id, tenant_id, kind, name, name_key, description, merged_into)
SELECT c.id, owners.tenant_id, c.kind, c.name, c.name_key, c.description, c.merged_into
FROM catalogue AS c LEFT JOIN owners ON owners.original = c.id AND owners.place = 1
WHERE owners.tenant_id IS NOT NULL OR c.description IS NOT NULL;

INSERT INTO owned_catalogue (id, tenant_id, kind, name, name_key, merged_into)
SELECT copies.id, copies.tenant_id, c.kind, c.name, c.name_key, c.merged_into
FROM copies JOIN catalogue AS c ON c.id = copies.original;

UPDATE owned_catalogue AS c SET merged_into = copies.id FROM copies
WHERE copies.tenant_id = c.tenant_id AND copies.original = c.merged_into;

UPDATE profiles SET skills = (
    SELECT '[' || group_concat(moved.id, ',') || ']' FROM (
        SELECT COALESCE(copies.id, entry.value) AS id FROM json_each(profiles.skills) AS entry
        LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value ORDER BY entry.key
    ) AS moved
)
WHERE EXISTS (
    SELECT 1 FROM json_each(profiles.skills) AS entry
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value
);

UPDATE profiles SET investment_interests = (
    SELECT '[' || group_concat(moved.id, ',') || ']' FROM (
        SELECT COALESCE(copies.id, entry.value) AS id FROM json_each(profiles.investment_interests) AS entry
        LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value ORDER BY entry.key
    ) AS moved
)
WHERE EXISTS (
    SELECT 1 FROM json_each(profiles.investment_interests) AS entry
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value
);

UPDATE profiles SET technical_interests = (
    SELECT '[' || group_concat(moved.id, ',') || ']' FROM (
        SELECT COALESCE(copies.id, entry.value) AS id FROM json_each(profiles.technical_interests) AS entry
        LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value ORDER BY entry.key
    ) AS moved
)
WHERE EXISTS (
    SELECT 1 FROM json_each(profiles.technical_interests) AS entry
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value
);

UPDATE profiles SET focus_area = (
    SELECT '[' || group_concat(moved.id, ',') || ']' FROM (
        SELECT COALESCE(copies.id, entry.value) AS id FROM json_each(profiles.focus_area) AS entry
        LEFT JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value ORDER BY entry.key
    ) AS moved
)
WHERE EXISTS (
    SELECT 1 FROM json_each(profiles.focus_area) AS entry
    JOIN copies ON copies.tenant_id = profiles.tenant_id AND copies.original = entry.value
);

-- A merge stays only within one tenant, or into a shared entry.
UPDATE owned_catalogue AS c SET merged_into = NULL
WHERE merged_into IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM owned_catalogue AS target
    WHERE target.id = c.merged_into AND (target.tenant_id IS NULL OR target.tenant_id = c.tenant_id)
);

DROP TABLE owners;
DROP TABLE copies;
DROP TABLE catalogue;
ALTER TABLE owned_catalogue RENAME TO catalogue;
CREATE INDEX catalogue_merged_into_idx ON catalogue (merged_into) WHERE merged_into IS NOT NULL;
CREATE UNIQUE INDEX catalogue_shared_name_idx ON catalogue (kind, name_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX catalogue_tenant_name_idx ON catalogue (tenant_id, kind, name_key) WHERE tenant_id IS NOT NULL;
CREATE INDEX catalogue_created_by_idx ON catalogue (created_by) WHERE created_by IS NOT NULL;
