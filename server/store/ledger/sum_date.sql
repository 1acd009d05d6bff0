-- Control sum of a date column: values that are given, and their days since 1970.
SELECT count({column:Identifier}), toString(sum(toInt32({column:Identifier})))
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
