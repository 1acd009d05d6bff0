-- The rows of one batch, and how many source rows they come from.
SELECT count(), uniqExact(_row)
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
