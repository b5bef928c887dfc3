-- The destinations to which changes are sent. One process at a time delivers to a webhook: the one
-- that holds the lease. Leases, due times and the end of a replaced secret are measured by the
-- database's clock. Secrets are stored as text, because they sign each request.
CREATE TABLE webhooks (
    id text COLLATE "C" NOT NULL,
    tenant_id uuid,
    url text NOT NULL,
    payload text COLLATE "C" NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_secret_expires_at timestamptz,
    created_at timestamptz NOT NULL,
    -- The last change that needs no further attempt.
    last_change bigint NOT NULL,
    -- The failed attempts to deliver the next change.
    failures bigint NOT NULL,
    first_failed_at timestamptz,
    last_error text,
    due_at timestamptz NOT NULL,
    lease text COLLATE "C",
    lease_expires_at timestamptz,
    CONSTRAINT webhooks_pkey PRIMARY KEY (id),
    CONSTRAINT webhooks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

-- The changes that a webhook did not accept. They have no content, which is read from the history
-- again.
CREATE TABLE webhook_dead_letters (
    webhook text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    failed_at timestamptz NOT NULL,
    attempts bigint NOT NULL,
    error text NOT NULL,
    resend_requested_at timestamptz,
    CONSTRAINT webhook_dead_letters_pkey PRIMARY KEY (webhook, seq),
    CONSTRAINT webhook_dead_letters_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhooks (id) ON DELETE CASCADE
);

INSERT INTO schema_compatibility (version, oldest) VALUES ('20261128140000', '20261128130000');
