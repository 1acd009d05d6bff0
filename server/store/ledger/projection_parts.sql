-- Of each projection of a table: its rows, and the rows of the parts that lack it.
SELECT
    projection.name,
    toUInt64(sumIf(kept.rows, kept.name != '')) AS rows,
    toUInt64(sumIf(part.rows, kept.name = '')) AS lacking
FROM
(
    SELECT table, name FROM system.projections
    WHERE database = {database:String} AND table = {table:String}
) AS projection
INNER JOIN
(
    SELECT table, name, rows FROM system.parts
    WHERE database = {database:String} AND table = {table:String} AND active AND rows > 0
) AS part ON part.table = projection.table
LEFT JOIN
(
    SELECT name, parent_name, rows FROM system.projection_parts
    WHERE database = {database:String} AND table = {table:String} AND active
) AS kept ON kept.name = projection.name AND kept.parent_name = part.name
GROUP BY projection.name
ORDER BY projection.name
SETTINGS join_use_nulls = 0
