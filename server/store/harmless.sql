-- One row: the engine, whether the asking connection is read-only, which limits it could lift.
SELECT
    version() AS version,
    getSetting('readonly') AS is_read_only,
    groupArrayIf(name, readonly = 0) AS changeable
FROM system.settings
WHERE name IN (
    'max_execution_time', 'max_memory_usage', 'max_result_rows', 'max_rows_to_read',
    'max_rows_to_group_by', 'readonly'
)
