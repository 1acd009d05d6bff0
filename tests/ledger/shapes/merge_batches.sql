INSERT INTO `stock` (`_load`, `_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`)
WITH lines AS
(
    SELECT
        transform(`_load`, {sources:Array(UInt32)}, {targets:Array(UInt32)}, toUInt32(0)) AS _target,
        transform(`_load`, {sources:Array(UInt32)}, {ranks:Array(UInt32)}, toUInt32(0)) AS _rank,
        `_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`
    FROM `stock`
    WHERE `_load` IN {sources:Array(UInt32)}
)
SELECT _target, `_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`
FROM lines
ORDER BY _target, `item`, `shop`, _rank DESC, `_row` DESC
LIMIT 1 BY _target, `item`, `shop`
