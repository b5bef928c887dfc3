-- Since when nobody of the tenant is served, in microseconds since 1970.
ALTER TABLE tenants ADD COLUMN suspended_at bigint;

-- Every read and write of a profile looks here, and mostly finds nothing.
CREATE INDEX tenants_suspended_idx ON tenants (id) WHERE suspended_at IS NOT NULL;
