-- The rows of one batch, with the sums of their source rows and of their squares (modulo 2^64):
-- a row that is doubled while another is lost changes one of them.
SELECT count(), sum(_row), sum(_row * _row)
FROM {table:Identifier}
WHERE _load = {batch:UInt32}
