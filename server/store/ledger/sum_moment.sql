-- Control sum of a moment column: values that are given, and their milliseconds since 1970.
SELECT count({column:Identifier}), toString(sum(toUnixTimestamp64Milli({column:Identifier})))
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
