-- Control sum of a Float64 column: values that are given, and their bits, whatever the order.
SELECT count({column:Identifier}), toString(groupBitXor(reinterpretAsUInt64(assumeNotNull({column:Identifier}))))
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
  AND {column:Identifier} IS NOT NULL
