DROP TABLE pending_work;
DROP TABLE username_claims;
