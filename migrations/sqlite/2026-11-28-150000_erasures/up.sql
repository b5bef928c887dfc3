-- The receipts of erasures, without personal data.
CREATE TABLE erasures (
    id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    identities INTEGER NOT NULL,
    external_ids INTEGER NOT NULL,
    overrides INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    images INTEGER NOT NULL,
    files INTEGER NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (id)
) STRICT;

-- The feed of a tenant has the erasures of its users.
CREATE INDEX erasures_profile_id_idx ON erasures (profile_id);
CREATE INDEX erasures_tenant_id_idx ON erasures (tenant_id, id);

INSERT INTO schema_compatibility (version, oldest) VALUES ('20261128150000', '20261128130000');
