-- Control sum of a Float64 column, batch by batch: values that are given, and their bits, whatever the order.
SELECT _load, count({column:Identifier}), toString(groupBitXor(reinterpretAsUInt64(assumeNotNull({column:Identifier}))))
FROM {table:Identifier}
WHERE _load BETWEEN {first:UInt32} AND {last:UInt32}
  AND {column:Identifier} IS NOT NULL
GROUP BY _load
