-- Searches for suspended users by email address. Writes of other users do not touch the index.
CREATE INDEX profiles_suspended_email_idx ON profiles (lower(email), id) WHERE suspended_at IS NOT NULL;

INSERT INTO schema_compatibility (version, oldest) VALUES ('20261128150100', '20261128130000');
