"""What a full disk cut off in the engine's folder: the engine cannot start while it lies there.

A note of a deletion names rows to delete from a table; a definition says what a table is made of.
A whole one ends with a line break. One that does not was never acknowledged to whoever asked for
it, who asks again: rows that were to go are still there and no snapshot shows them, and a table
that is not there is made at every start.
"""

from pathlib import Path

_NOTES = ("store/*/*/mutation_*.txt", "store/*/*/*.sql")


def set_aside_torn(folder: Path) -> tuple[Path, ...]:
    """Move the files that are cut off, in a folder that no engine has open; where they are now."""
    aside = folder / "torn"  # beside what the engine knows: it refuses what it does not know
    torn = [file for pattern in _NOTES for file in folder.glob(pattern) if _is_cut_off(file)]
    if torn:
        aside.mkdir(exist_ok=True)
    return tuple(file.rename(aside / f"{file.parent.name}.{file.name}") for file in torn)


def _is_cut_off(file: Path) -> bool:
    return not file.read_bytes().endswith(b"\n")
