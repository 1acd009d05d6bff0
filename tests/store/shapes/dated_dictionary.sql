CREATE DICTIONARY IF NOT EXISTS `dict_branches`
(
    `_load` UInt32,
    `branch` String,
    `region` Nullable(String),
    `valid_from` Date,
    `valid_to` Date
)
PRIMARY KEY `_load`, `branch`
SOURCE(CLICKHOUSE(TABLE 'branches'))
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN `valid_from` MAX `valid_to`)
LIFETIME(0)
