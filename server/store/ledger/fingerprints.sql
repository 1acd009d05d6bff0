-- What each batch holds: its rows, and a sum that any change of any value of any row moves.
SELECT _load, count(), sum(cityHash64(tuple(* EXCEPT (_load))))
FROM {table:Identifier}
WHERE _load BETWEEN {first:UInt32} AND {last:UInt32}
GROUP BY _load
SETTINGS optimize_use_projections = 0
