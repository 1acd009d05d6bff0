"""The definitions in force: indicators and scorecards, read from the metadata once per change."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from server.errors import NotFound
from server.indicators.definition import Indicator, indicator_from_mapping
from server.indicators.scorecard import Scorecard, effective_weights, scorecard_from_mapping
from server.metadata.definitions import Definition, current_definitions, definitions_number
from server.metadata.session import Metadata

T = TypeVar("T")


@dataclass(frozen=True)
class Catalogue:
    """Every published definition at one definitions number."""

    number: int
    indicators: Mapping[str, Indicator]
    scorecards: Mapping[str, Scorecard]
    sources: Mapping[tuple[str, str], Definition]  # (kind, code) -> who wrote it, when and why

    def indicator(self, code: str) -> Indicator:
        """The indicator of a code; NotFound names the codes that exist."""
        return _named(self.indicators, code, "indicator")

    def scorecard(self, code: str) -> Scorecard:
        """The scorecard of a code; NotFound names the codes that exist."""
        return _named(self.scorecards, code, "scorecard")

    def scorecards_with(self, code: str) -> tuple[Scorecard, ...]:
        """The scorecards that hold an indicator."""
        return tuple(card for card in self.scorecards.values() if code in card.indicator_codes)

    def by_weight(self) -> tuple[Indicator, ...]:
        """All indicators, those that weigh most in any scorecard first."""
        weights: dict[str, Fraction] = {}
        for card in self.scorecards.values():
            for code, weight in effective_weights(card).items():
                weights[code] = max(weight, weights.get(code, Fraction(0)))
        heaviest = sorted(self.indicators, key=lambda code: (-weights.get(code, Fraction(0)), code))
        return tuple(self.indicators[code] for code in heaviest)


def read_catalogue(metadata: Metadata, number: int | None = None) -> Catalogue:
    """The definitions in force now, or at a definitions number."""
    if number is None:
        with metadata.read() as session:
            number = definitions_number(session)
    return _catalogue_at(metadata, number)


@lru_cache(maxsize=8)
def _catalogue_at(metadata: Metadata, number: int) -> Catalogue:
    with metadata.read() as session:
        indicators = current_definitions(session, "indicator", as_of_model=number)
        scorecards = current_definitions(session, "scorecard", as_of_model=number)
    return Catalogue(
        number,
        {
            code: indicator_from_mapping(
                {"code": code, "version": one.version, **one.body}, f"indicator {code}"
            )
            for code, one in indicators.items()
        },
        {
            code: scorecard_from_mapping(
                {"code": code, "version": one.version, **one.body}, f"scorecard {code}"
            )
            for code, one in scorecards.items()
        },
        {("indicator", code): one for code, one in indicators.items()}
        | {("scorecard", code): one for code, one in scorecards.items()},
    )


def _named(mapping: Mapping[str, T], code: str, what: str) -> T:
    try:
        return mapping[code]
    except KeyError:
        raise NotFound(
            f"There is no {what} {code!r}.", field=what, allowed=sorted(mapping)
        ) from None
