CREATE DICTIONARY IF NOT EXISTS `dict_shops` ON CLUSTER `main`
(
    `_load` UInt32,
    `shop` String,
    `town` Nullable(String),
    `rent` Nullable(Decimal(9, 2)),
    `floors` Nullable(UInt8)
)
PRIMARY KEY `_load`, `shop`
SOURCE(CLICKHOUSE(NAME `reader` TABLE 'shops'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0)
