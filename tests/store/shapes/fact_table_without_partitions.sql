CREATE TABLE IF NOT EXISTS `visits`
(
    `_load` UInt32,
    `_row` UInt64,
    `_origin` UInt32 DEFAULT `_load`,
    `day` Date32
)
ENGINE = MergeTree
ORDER BY (`day`)
SETTINGS non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    max_suspicious_broken_parts = 1000000,
    max_suspicious_broken_parts_bytes = 1000000000000000
