-- Control sum of a text column, batch by batch: values that are given, and the bytes that they take.
SELECT _load, count({column:Identifier}), toString(sum(length({column:Identifier})))
FROM {table:Identifier}
WHERE _load BETWEEN {first:UInt32} AND {last:UInt32}
GROUP BY _load
