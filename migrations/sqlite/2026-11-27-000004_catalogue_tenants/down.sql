-- All entries are everybody's again; the second entry of a name gets another name.
CREATE TABLE common_catalogue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    merged_into INTEGER,
    CONSTRAINT catalogue_name_key UNIQUE (kind, name_key),
    CONSTRAINT catalogue_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES common_catalogue (id)
) STRICT;

INSERT INTO common_catalogue
SELECT id, kind,
    CASE WHEN place > 1 THEN name || ' ' || id ELSE name END,
    CASE WHEN place > 1 THEN name_key || ' ' || id ELSE name_key END,
    description, merged_into
FROM (SELECT *, row_number() OVER (PARTITION BY kind, name_key ORDER BY id) AS place FROM catalogue);

DROP TABLE catalogue;
ALTER TABLE common_catalogue RENAME TO catalogue;
CREATE INDEX catalogue_merged_into_idx ON catalogue (merged_into) WHERE merged_into IS NOT NULL;
