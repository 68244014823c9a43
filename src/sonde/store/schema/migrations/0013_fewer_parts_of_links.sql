-- Version 13: links are merged sooner, as a link is looked up in every part.
ALTER TABLE {database}.{table:entity_links} {on_cluster} MODIFY SETTING merge_selector_base = 5;
