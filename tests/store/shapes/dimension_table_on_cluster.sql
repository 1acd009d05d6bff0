CREATE TABLE IF NOT EXISTS `shops` ON CLUSTER `main`
(
    `_load` UInt32,
    `_row` UInt64,
    `_origin` UInt32 DEFAULT `_load`,
    `shop` String,
    `town` LowCardinality(Nullable(String)),
    `rent` Nullable(Decimal(9, 2)),
    `floors` UInt8,
    CONSTRAINT `key_is_given` CHECK `shop` != ''
)
ENGINE = ReplicatedMergeTree
ORDER BY (`_load`, `shop`)
SETTINGS replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    max_suspicious_broken_parts = 1000000,
    max_suspicious_broken_parts_bytes = 1000000000000000
