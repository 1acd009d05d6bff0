-- The rows of each batch, with the sums of their source rows and of their squares (modulo 2^64):
-- a row that is doubled while another is lost changes one of them.
SELECT _load, count(), sum(_row), sum(_row * _row)
FROM {table:Identifier}
WHERE _load BETWEEN {first:UInt32} AND {last:UInt32}
GROUP BY _load
