-- Control sum of a number column, batch by batch: values that are given, and their exact sum.
SELECT _load, count({column:Identifier}), toString(sum({column:Identifier}))
FROM {table:Identifier}
WHERE _load BETWEEN {first:UInt32} AND {last:UInt32}
GROUP BY _load
