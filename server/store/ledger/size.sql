-- The bytes and rows of a table's parts on this server.
SELECT sum(bytes_on_disk), sum(rows)
FROM system.parts
WHERE active AND database = {database:String} AND table = {table:String}
