-- The tables of this database: how they are sorted and partitioned, their rows and their settings.
SELECT name, sorting_key, partition_key, toUInt64(ifNull(total_rows, 0)), engine_full
FROM system.tables
WHERE database = {database:String}
  AND engine NOT IN ('Dictionary', 'View')
ORDER BY name
