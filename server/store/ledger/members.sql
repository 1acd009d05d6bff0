-- The members of one version of a dimension, as they are stored.
SELECT *
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
ORDER BY _row
