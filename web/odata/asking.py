"""Opens an entity set for whoever asks, at the state of the facts that is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from server.cube.browser import ClickHouseBrowser
from server.errors import NotOffered
from server.scorecards.catalogue import read_catalogue
from server.snapshot import Snapshot
from web.odata.aggregates import AggregateSet
from web.odata.applied import AppliedSet
from web.odata.apply import Apply
from web.odata.facts import FactSet
from web.odata.indicators import IndicatorSet
from web.odata.members import MemberSet
from web.odata.options import Options
from web.odata.rows import Answered, Window
from web.odata.sets import EntitySet
from web.odata.standings import Standings
from web.odata.tree import All
from web.odata.values import ValueSet
from web.visitor import person, runtime, snapshot
from web.words import language


class Answering(Protocol):
    """Whatever answers a set."""

    def answer(self, options: Options, window: Window, /) -> Answered:
        """A page of rows."""

    def count(self, options: Options, /) -> int:
        """How many rows there are."""


class Keyed(Answering, Protocol):
    """What also finds one row by its key."""

    def one(self, key: Mapping[str, str], options: Options, /) -> Answered:
        """The row of a key."""


@dataclass(frozen=True)
class _Applied:
    """A set after `$apply`."""

    found: AppliedSet
    apply: Apply

    def answer(self, options: Options, window: Window) -> Answered:
        return self.found.answer(options, self.apply, window)

    def count(self, options: Options) -> int:
        return self.found.count(options, self.apply)


def opened(asked: EntitySet, options: Options) -> tuple[Answering, Options]:
    """What answers a set, and what is left to ask of it."""
    if options.apply is None:
        return keyed(asked, options), options
    if asked.kind not in ("aggregates", "facts"):
        raise NotOffered(
            "$apply is offered for the aggregates and the facts of cubes.", field="$apply"
        )
    if options.apply.is_filter_alone:
        parts = [one for one in (options.apply.filter, options.filter) if one is not None]
        both = replace(options, filter=All(tuple(parts)) if parts else None, apply=None)
        return keyed(asked, both), both
    browser = _browser(asked, options)
    return _Applied(AppliedSet(browser, asked), options.apply), options


def keyed(asked: EntitySet, options: Options) -> Keyed:
    """What answers a set without `$apply`."""
    if asked.kind == "indicators":
        found = read_catalogue(runtime().metadata, published(options).definitions)
        return IndicatorSet(asked, tuple(found.indicators.values()), language())
    if asked.kind == "values":
        at = published(options)
        catalogue = read_catalogue(runtime().metadata, at.definitions)
        return ValueSet(asked, Standings(runtime(), person(), at, catalogue, language()))
    browser = _browser(asked, options)
    if asked.kind == "facts":
        return FactSet(browser, asked, runtime())
    return MemberSet(browser, asked) if asked.kind == "members" else AggregateSet(browser, asked)


def published(options: Options) -> Snapshot:
    """The state that is asked: of a next page the one of the page before."""
    if options.place is not None:
        return snapshot(options.place.snapshot, options.place.definitions)
    return snapshot(options.as_of, options.as_of_model)


def _browser(asked: EntitySet, options: Options) -> ClickHouseBrowser:
    scope, membership = person().scope, options.membership
    return runtime().cubes.browser(asked.cube, published(options), scope, language(), membership)
