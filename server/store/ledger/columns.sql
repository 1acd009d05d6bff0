-- The columns of this database's tables and dictionaries, in their order.
SELECT table, name, type
FROM system.columns
WHERE database = {database:String}
ORDER BY table, position
