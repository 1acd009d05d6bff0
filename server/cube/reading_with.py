"""What a browser reads with: who runs its statements, and how much one answer may hold."""

from dataclasses import dataclass
from typing import Any, Protocol

from server.cube.cube_model import CubeModel
from server.cube.statement import Statement
from server.snapshot import Snapshot


class Readers(Protocol):
    """Whatever runs a statement and answers its rows."""

    def query(self, statement: Statement) -> Any:
        """The answer, with its rows in `rows`."""


class Kept(Protocol):
    """Whatever knows rows of a cube at a snapshot without asking for them again."""

    def at(self, cube: CubeModel, snapshot: Snapshot) -> Readers:
        """Readers of that cube at that snapshot alone."""


@dataclass(frozen=True)
class Limits:
    """The most that one answer may hold."""

    cells: int = 50_000
    members: int = 10_000
    facts: int = 10_000


USUAL = Limits()
