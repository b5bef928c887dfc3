DELETE FROM schema_compatibility WHERE version = '20261128150000';
DROP TABLE erasures;
