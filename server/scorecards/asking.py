"""Who asks for what: the arguments that every use case of figures takes."""

from dataclasses import dataclass

from server.access import Person
from server.periods import Period
from server.scorecards.slicing import NO_CUTS, Cuts
from server.snapshot import AsOf, AsOfModel


@dataclass(frozen=True)
class Asked:
    """A person's question: a slice, a period, a language and a state of knowledge."""

    person: Person
    cuts: Cuts = NO_CUTS
    period: Period | None = None  # None: the last full month
    language: str = "en"
    as_of: AsOf | None = None  # None: what is known now
    as_of_model: AsOfModel | None = None  # None: by the definitions of now
    like_for_like: bool = False  # comparisons only of units that are on both sides
