DROP INDEX profiles_kept_resume_idx;
DROP TABLE catalogue;
