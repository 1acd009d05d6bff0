"""Facts in: source, parse, check, route, store, publish.

`specification` says how a source is read (a TOML file of `cube_models/<pack>/loads/`), `sources`
finds its bytes, `reading` looks at the whole of it and reads its rows, `row_schema` parses them
strictly, `cover` and `scope` say what a load restates, `routing` sends each row to its batch,
`load` and `attempt` take it through the ledger. `job`, `sample` and `changing` are what the queue
runs, `correcting` takes mended rows, `commands` are `indicube load` and `indicube sample`. It does
not know `web`.
"""
