-- row_texts
--
-- Empty place for the text of a survey file's rows, until it is known which are refused.
-- Grain: one row per record.
create or replace temp table row_texts (source_row bigint, raw_text varchar)
