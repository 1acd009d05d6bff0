"""The cube server: numbers, definitions, judgement and the queue; no HTTP, no HTML.

Top to bottom: embedded start and commands, scorecards, runtime, ledger, then cube, metadata and
queue side by side, then store and redis, then indicators and access, periods and snapshot,
settings, errors. Facts flow up, imports flow down; `pyproject.toml` proves it.
"""
