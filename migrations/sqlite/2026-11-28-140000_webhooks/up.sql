-- The destinations to which changes are sent. One process at a time delivers to a webhook: the one
-- that holds the lease. Leases, due times and the end of a replaced secret are measured by the
-- database's clock. Secrets are stored as text, because they sign each request.
CREATE TABLE webhooks (
    id TEXT NOT NULL,
    tenant_id TEXT,
    url TEXT NOT NULL,
    payload TEXT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_secret_expires_at INTEGER,
    created_at INTEGER NOT NULL,
    -- The last change that needs no further attempt.
    last_change INTEGER NOT NULL,
    -- The failed attempts to deliver the next change.
    failures INTEGER NOT NULL,
    first_failed_at INTEGER,
    last_error TEXT,
    due_at INTEGER NOT NULL,
    lease TEXT,
    lease_expires_at INTEGER,
    CONSTRAINT webhooks_pkey PRIMARY KEY (id),
    CONSTRAINT webhooks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
) STRICT;

-- The changes that a webhook did not accept. They have no content, which is read from the history
-- again.
CREATE TABLE webhook_dead_letters (
    webhook TEXT NOT NULL,
    seq INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT NOT NULL,
    resend_requested_at INTEGER,
    CONSTRAINT webhook_dead_letters_pkey PRIMARY KEY (webhook, seq),
    CONSTRAINT webhook_dead_letters_webhook_fkey FOREIGN KEY (webhook) REFERENCES webhooks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO schema_compatibility (version, oldest) VALUES ('20261128140000', '20261128130000');
