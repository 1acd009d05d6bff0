SELECT
    `_load` AS _target,
    count(),
    sum(cityHash64(tuple(`_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`))),
    groupBitXor(sipHash64(tuple(`_row`, `_origin`, `day`, `item`, `shop`, `amount`, `weight`, `seen_at`))),
    min(`day`), max(`day`)
FROM `stock`
WHERE `_load` IN {targets:Array(UInt32)}
GROUP BY _target
ORDER BY _target
