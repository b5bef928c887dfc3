ALTER TABLE images DROP COLUMN reused_at;
