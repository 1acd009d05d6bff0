-- The batches that a table holds rows of, counted in the rows themselves.
SELECT _load, count()
FROM {table:Identifier}
GROUP BY _load
ORDER BY _load
SETTINGS optimize_use_projections = 0
