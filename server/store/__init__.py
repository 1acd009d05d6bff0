"""The ClickHouse store: the only clickhouse_connect.

`client` opens it; `readers` answer SELECTs and can do nothing else; `writer` changes things for
`migrate` (tables of the model), `facts` (batches), `dictionaries` and `purge`; `tables` holds the
generated DDL, `ledger/` the ledger's own questions as `.sql` files.
"""
