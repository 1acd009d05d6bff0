-- The batches as a projection counts them; refused (584) where the projection does not know.
SELECT _load, count()
FROM {table:Identifier}
GROUP BY _load
ORDER BY _load
SETTINGS force_optimize_projection_name = {projection:String}
