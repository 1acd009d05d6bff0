-- Control sum of a text column: values that are given, and the bytes that they take.
SELECT count({column:Identifier}), toString(sum(length({column:Identifier})))
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
