DROP TABLE profile_changes;
DROP TABLE identities;
DROP TABLE external_ids;
DROP TABLE profiles;
DROP TABLE tenants;
