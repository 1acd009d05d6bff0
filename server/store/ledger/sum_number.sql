-- Control sum of a number column: values that are given, and their exact sum.
SELECT count({column:Identifier}), toString(sum({column:Identifier}))
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
