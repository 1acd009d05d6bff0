"""What a verification finds: one sentence for each thing that is not as the ledger says."""

from dataclasses import dataclass
from typing import Any, Literal

What = Literal[
    "rows", "sums", "values", "unknown", "purged", "spool", "part", "projection", "uncompared"
]
MENDED_BY_RELOADING: tuple[What, ...] = ("rows", "sums", "values")


@dataclass(frozen=True)
class Finding:
    """One deviation, and what became of it."""

    what: What
    table: str
    load: int | None = None
    batch: int | None = None
    name: str = ""  # of the column, part or projection, or the hash of the spool file
    expected: str = ""  # by the ledger
    found: str = ""
    is_healed: bool = False
    remedy: str = ""  # what people have to do, where the product cannot heal it

    def __str__(self) -> str:
        return _SENTENCES[self.what].format(**vars(self), of=self._of)

    @property
    def sentence(self) -> str:
        """What is wrong, by how much, and what was or has to be done."""
        done = "healed" if self.is_healed else self.remedy
        return f"{self}; {done}" if done else str(self)

    def as_result(self) -> dict[str, Any]:
        """The finding as a job and a program are told it."""
        return {**vars(self), "sentence": self.sentence}

    @property
    def _of(self) -> str:
        load = f" of load {self.load}" if self.load is not None else ""
        return f"batch {self.batch}{load}"


_SENTENCES: dict[What, str] = {
    "rows": "{table} holds {found} of the {expected} rows of {of}",
    "sums": "{table}: the control sum of {name} in {of} is {found}, not {expected}",
    "values": "{table}: {of} has other values than its source",
    "uncompared": "{table}: {of} was compared by rows and sums alone, for {found}",
    "unknown": "{table} holds {found} rows of the unknown batch {batch}",
    "purged": "{table} holds {found} rows of {of}, which were purged",
    "spool": "the source of load {load} in the spool {found}",
    "part": "{table}: the files of part {name} are damaged ({found})",
    "projection": "{table}: roll-up {name} counts {found} rows of {of}, the table has {expected}",
}
