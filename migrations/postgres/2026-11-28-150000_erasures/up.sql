-- The receipts of erasures, without personal data.
CREATE TABLE erasures (
    id uuid NOT NULL,
    profile_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    request_id text NOT NULL,
    identities bigint NOT NULL,
    external_ids bigint NOT NULL,
    overrides bigint NOT NULL,
    changes bigint NOT NULL,
    images bigint NOT NULL,
    files bigint NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (id)
);

-- The feed of a tenant has the erasures of its users.
CREATE INDEX erasures_profile_id_idx ON erasures (profile_id);
CREATE INDEX erasures_tenant_id_idx ON erasures (tenant_id, id);

INSERT INTO schema_compatibility (version, oldest) VALUES ('20261128150000', '20261128130000');
