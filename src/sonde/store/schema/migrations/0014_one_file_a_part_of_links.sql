-- Version 14: all columns of a link are read at once, from one file.
ALTER TABLE {database}.{table:entity_links} {on_cluster} MODIFY SETTING min_rows_for_wide_part = 1000000000000;
