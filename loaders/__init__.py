"""Facts in: source, parse, check, batch, store, publish.

`specification` says how a source is read (a TOML file of `cube_models/<pack>/loads/`), `sources`
finds its bytes, `survey` looks at the whole of it first, `row_schema` parses strictly what `lines`
reads, `load` takes it through the ledger, `job` and `sample` are what the queue runs, `commands`
are `indicube load` and `indicube sample`. It does not know `web`.
"""
