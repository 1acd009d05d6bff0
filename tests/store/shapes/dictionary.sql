CREATE DICTIONARY IF NOT EXISTS `dict_shops`
(
    `_load` UInt32,
    `shop` String,
    `town` Nullable(String),
    `rent` Nullable(Decimal(9, 2)),
    `floors` Nullable(UInt8)
)
PRIMARY KEY `_load`, `shop`
SOURCE(CLICKHOUSE(TABLE 'shops'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0)
