-- The projections of this database's tables.
SELECT table, name
FROM system.projections
WHERE database = {database:String}
ORDER BY table, name
