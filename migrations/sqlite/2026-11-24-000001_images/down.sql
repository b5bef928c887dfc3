DROP INDEX profiles_avatar_image_idx;
DROP TABLE images;
