DELETE FROM schema_compatibility WHERE version = '20261128150100';
DROP INDEX profiles_suspended_email_idx;
