"""Gathers what is wrong with a request, so that all of it is told at once."""

from collections.abc import Callable
from typing import TypeVar

from server.errors import AskerError, IndicubeError, ManyErrors, NotAllowed

T = TypeVar("T")
Other = TypeVar("Other")

# What the cube calls by another name than the address does.
_FIELDS = {"page_size": "pagesize"}


class Mistakes:
    """The mistakes of one request, in the order in which they were found."""

    def __init__(self) -> None:
        self.found: list[IndicubeError] = []

    def add(self, mistake: IndicubeError, field: str | None = None) -> None:
        """Keep a mistake, or each of several; `field` is the parameter that it is in."""
        if isinstance(mistake, ManyErrors):
            for one in mistake.errors:
                self.add(one, field)
            return
        mistake.field = field or _FIELDS.get(mistake.field or "", mistake.field)
        self.found.append(mistake)

    def attempt(
        self, act: Callable[[], T], otherwise: Other, field: str | None = None
    ) -> T | Other:
        """What `act` gives; when it finds a mistake that is kept, and `otherwise` stands in."""
        try:
            return act()
        except NotAllowed:
            raise
        except AskerError as mistake:
            self.add(mistake, field)
            return otherwise

    def tell(self) -> None:
        """Raise what was found, if anything."""
        if len(self.found) == 1:
            raise self.found[0]
        if self.found:
            raise ManyErrors(self.found)
