-- Appends the rows of some batches to a table with the same columns. Without deduplication: the same
-- rows may have been put back once before.
INSERT INTO {target:Identifier}
SELECT *
FROM {source:Identifier}
WHERE has({batches:Array(UInt32)}, _load)
SETTINGS insert_deduplicate = 0, max_partitions_per_insert_block = 0
