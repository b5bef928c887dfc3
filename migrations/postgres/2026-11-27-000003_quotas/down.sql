DROP FUNCTION upload_fits(text, uuid, text);
DROP FUNCTION override_fits(uuid, text, bigint);
DROP FUNCTION image_upload_fits(text, text, bigint, bigint, bigint);
DROP TABLE image_uploads;
DROP FUNCTION open_uploads(uuid, text, uuid, bigint);
