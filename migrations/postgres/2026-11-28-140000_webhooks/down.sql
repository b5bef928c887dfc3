DELETE FROM schema_compatibility WHERE version = '20261128140000';
DROP TABLE webhook_dead_letters;
DROP TABLE webhooks;
