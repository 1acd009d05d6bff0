-- The batches that a table holds rows of.
SELECT _load, count()
FROM {table:Identifier}
GROUP BY _load
ORDER BY _load
