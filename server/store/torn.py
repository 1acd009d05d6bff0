"""Notes of deletions that a full disk cut off: the engine cannot start while one lies there.

Such a note names rows to delete from one table. A whole one ends with a line break; one that does
not was never acknowledged to whoever asked for the deletion, who asks again.
"""

from pathlib import Path


def set_aside_torn(folder: Path) -> tuple[Path, ...]:
    """Rename the notes that are cut off, in a folder that no engine has open; where they are now.

    Nothing is lost by it: rows that were to go are still there, and no snapshot shows them.
    """
    torn = [note for note in folder.glob("store/*/*/mutation_*.txt") if _is_cut_off(note)]
    return tuple(note.rename(note.with_name(f"torn_{note.name}")) for note in torn)


def _is_cut_off(note: Path) -> bool:
    return not note.read_bytes().endswith(b"\n")
