-- Control sum of a date column, batch by batch: values that are given, and their days since 1970.
SELECT _load, count({column:Identifier}), toString(sum(toInt32({column:Identifier})))
FROM {table:Identifier}
WHERE _load BETWEEN {first:UInt32} AND {last:UInt32}
GROUP BY _load
