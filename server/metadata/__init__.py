"""What people write down, and the ledger of loads: the only SQLAlchemy.

`tables` are the mapped classes, `session` opens a database (SQLite or PostgreSQL), `migrations`
brings it up to date; every other module is a noun: functions that take a session and answer with
frozen values. No clock here: `now` is always an argument, aware and in UTC.
"""
