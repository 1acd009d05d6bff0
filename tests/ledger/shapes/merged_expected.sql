WITH lines AS
(
    SELECT
        transform(`_load`, {sources:Array(UInt32)}, {targets:Array(UInt32)}, toUInt32(0)) AS _target,
        transform(`_load`, {sources:Array(UInt32)}, {ranks:Array(UInt32)}, toUInt32(0)) AS _rank,
        `_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`
    FROM `stock`
    WHERE `_load` IN {sources:Array(UInt32)}
),
winners AS
(
    SELECT
        _target,
        argMax(tuple(`_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`), tuple(_rank, `_row`)) AS _line
    FROM lines
    GROUP BY _target, `item`, `shop`
),
sums AS
(
    SELECT
        _target,
        _line.1 AS `_row`,
        _line.2 AS `_origin`,
        _line.3 AS `day`,
        _line.4 AS `item`,
        _line.5 AS `shop`,
        _line.6 AS `amount`,
        _line.7 AS `weight`,
        _line.8 AS `seen_at`
    FROM winners
)
SELECT
    _target,
    count(),
    sum(cityHash64(tuple(`_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`))),
    groupBitXor(sipHash64(tuple(`_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`))),
    min(`day`), max(`day`)
FROM sums
GROUP BY _target
ORDER BY _target
