"""What was pushed over HTTP is kept as lines of text, and read by a form of its specification.

The lines have the columns that are read and no others; those of an appended source begin with the
number of their push. Control totals, names of files and first lines are matters of a whole source.
"""

from dataclasses import replace

from loaders.specification import Cover, Source, Specification
from server.ledger.grouping import PUSH
from server.metadata.loads import Load

PARAMETER = "pushed"  # of a load
NO_VALUE = "\\N"  # where the specification has no text that means: no value


def pushed(specification: Specification) -> Specification:
    """How lines that were pushed are read."""
    return replace(
        specification,
        source=Source(file=specification.source.file),
        kind="csv",
        null=specification.null or (NO_VALUE,),
        ends_with_newline=True,
        ignored_columns=(PUSH,) if specification.mode == "append" else (),
        rows=None,
        sums={},
        cover=Cover(required=specification.cover.required),
    )


def columns_of(specification: Specification) -> tuple[str, ...]:
    """The columns of a source that are read, each once."""
    return tuple(dict.fromkeys(column.source for column in specification.columns))


def as_loaded(specification: Specification, load: Load) -> Specification:
    """How the load's source is read: by the specification, or by its form for what is pushed."""
    return pushed(specification) if (load.parameters or {}).get(PARAMETER) else specification
