CREATE DICTIONARY IF NOT EXISTS `dict_units`
(
    `_load` UInt32,
    `shop` String,
    `town` Nullable(String),
    `rent` Nullable(Decimal(9, 2)),
    `floors` Nullable(UInt8),
    `level1` Nullable(String),
    `level2` Nullable(String),
    `level3` Nullable(String)
)
PRIMARY KEY `_load`, `shop`
SOURCE(CLICKHOUSE(TABLE 'units__tree'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0)
