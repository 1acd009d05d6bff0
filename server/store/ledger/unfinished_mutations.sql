-- What is left of the work on a table: mutations, the parts that they have to do, why they failed.
SELECT mutation_id, toUInt64(parts_to_do), latest_fail_reason
FROM system.mutations
WHERE database = {database:String} AND table = {table:String} AND NOT is_done
ORDER BY create_time
