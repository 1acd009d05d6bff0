-- One row: the settings under which the asking connection answers, of those that are named.
SELECT
    groupArray((name, value)) AS held
FROM system.settings
WHERE name IN {names:Array(String)}
