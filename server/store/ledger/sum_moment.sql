-- Control sum of a moment column, batch by batch: values that are given, and their milliseconds since 1970.
SELECT _load, count({column:Identifier}), toString(sum(toUnixTimestamp64Milli({column:Identifier})))
FROM {table:Identifier}
WHERE _load BETWEEN {first:UInt32} AND {last:UInt32}
GROUP BY _load
