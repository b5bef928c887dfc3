DROP TABLE deployment_secrets;
DROP TABLE uploads;
DROP TABLE api_keys;
DROP TABLE profile_overrides;
