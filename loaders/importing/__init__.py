"""A model of cubes 1.1 and its data come in together, as one publication.

`documents` reads the model, `files` finds its tables, `guessing` tells the types that nobody wrote
down, `checking` reads every row once before anything is stored, `looked_up` makes the tables that a
snowflake has in pieces, `specifying` says how each file fills its table, `planning` decides whose
place the model takes, `job` is what the queue runs.
"""
