CREATE TABLE IF NOT EXISTS `sales`
(
    `_load` UInt32,
    `_row` UInt64,
    `_origin` UInt32 DEFAULT `_load`,
    `day` Date,
    `shop` LowCardinality(Nullable(String)),
    `pieces` Nullable(Int16),
    `price` Decimal(18, 2),
    `group` String,
    `seen_at` DateTime64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYear(day)
ORDER BY (`day`, `group`, `_load`, `_row`)
SETTINGS non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    max_suspicious_broken_parts = 1000000,
    max_suspicious_broken_parts_bytes = 1000000000000000
