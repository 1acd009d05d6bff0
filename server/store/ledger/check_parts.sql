-- The parts of a table and whether their files are as they were written; text, because CHECK is no SELECT.
CHECK TABLE {table:Identifier}
FORMAT TSV
SETTINGS check_query_single_value_result = 0
