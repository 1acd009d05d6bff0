CREATE TABLE IF NOT EXISTS `branches`
(
    `_load` UInt32,
    `_row` UInt64,
    `_origin` UInt32 DEFAULT `_load`,
    `branch` String,
    `region` LowCardinality(Nullable(String)),
    `valid_from` Nullable(Date),
    `valid_to` Nullable(Date),
    CONSTRAINT `key_is_given` CHECK `branch` != ''
)
ENGINE = MergeTree
ORDER BY (`_load`, `branch`)
SETTINGS non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    max_suspicious_broken_parts = 1000000,
    max_suspicious_broken_parts_bytes = 1000000000000000
