"""Two questions have one key exactly where the same is asked of one state for the same eyes."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.access import EVERYTHING, Scope, ScopeRule
from server.arrivals.contract import Contract
from server.arrivals.coverage import Arrivals
from server.cache.key import EVERYTHING_READ, Asked, Keys, Reading
from server.cube.browser import ClickHouseBrowser
from server.cube.canonical import canonical
from server.cube.model import Model, load_model
from server.snapshot import Snapshot

Choices = tuple[tuple[Any, ...], ...]  # what is meant, and ways of writing it

NOW = Snapshot(
    7,
    20,
    hidden={"departures": (3,)},
    versions={"carriers": 1, "airports": 2, "aircraft": 4},
    published_at=datetime(2014, 1, 5, tzinfo=UTC),
    watermarks={"departures": date(2013, 12, 31), "weather": date(2013, 12, 30)},
    first_dates={"departures": date(2013, 1, 1), "weather": date(2013, 1, 1)},
    definitions=3,
    rollups={"departures.by_month": 100},
    changed={
        "departures": "6 x",
        "weather": "5 x",
        "carriers": "1 x",
        "airports": "2 x",
        "aircraft": "4 x",
    },
)
# Of each word what can be asked, and the ways of writing each of them.
CUTS: Choices = (
    ((), [], [""]),
    (("a",), ["time:2013"], ["time@ymd:2013"], ["time:2013", ""]),
    (("b",), ["time:2013,4,11"], ["time@ymd:2013,4,11"]),
    (("a", "o"), ["time:2013", "origin:EWR"], ["time:2013|origin:EWR"]),
    (("o", "a"), ["origin:EWR|time@ymd:2013"], ["origin:EWR", "time:2013"]),
    (("y",), ["time:yesterday"], ["time:2013,4,12,30"], ["time@ymd:2013,4,12,30"]),
    (("n",), ["!origin:EWR"], ["!origin@default:EWR"]),
)
DRILLS: Choices = (
    ("", None, [], ()),
    ("month", ["time:month"], ["time@ymd:month"], ["time:month", "time:year"]),
    ("carrier", ["organisation:carrier"], ["organisation@default:carrier"]),
    ("both", ["time:month", "organisation:carrier"], ["time:month|organisation:carrier"]),
    ("turned", ["organisation:carrier", "time:month"], ["organisation:carrier,time:month"]),
)
AGGREGATES: Choices = (
    ("flights", ["flights"], ["flights", "flights"]),
    ("two", ["flights", "departed"], ["flights,departed"], ["flights|departed"]),
    ("other way", ["departed", "flights"]),
)
ORDERS: Choices = (
    ("", None, []),
    ("up", ["flights"], ["flights:asc"], ["flights:ASC"], ["flights:none"]),
    ("down", ["flights:desc"], ["flights:DESC"], ["flights:descending"]),
)
OTHERS: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
    ("summary", "yes", (None, True)),
    ("summary", "no", (False,)),
    ("membership", "was", ("as_was",)),
    ("membership", "is", ("as_is",)),
    ("page", "first", (0,)),
    ("page", "second", (1,)),
    ("as_of", "number", (5,)),
    ("as_of", "moment", (datetime(2014, 1, 1, tzinfo=UTC),)),
    ("time", "ytd", (["ytd"], ["ytd", "ytd"])),
    ("compare", "change", (["last_year:change"],)),
    ("top", "ten", ("10:flights",)),
)
SCOPES = (
    (EVERYTHING,),
    (Scope((ScopeRule("organisation", ("network",)),)),),
    (Scope((ScopeRule("organisation", ("network", "AA")),)),),
    (
        Scope((ScopeRule("origin", ("EWR",)), ScopeRule("organisation", ("network",)))),
        Scope((ScopeRule("organisation", ("network",)), ScopeRule("origin", ("EWR",)))),
    ),
)


@cache
def model() -> Model:
    """The product's own cubes."""
    return load_model(files("cube_models"), "flights")


@dataclass(frozen=True)
class Written:
    """A question: what is meant, and one of the ways of writing it."""

    meant: tuple[Any, ...]
    values: Any
    scope: Scope
    language: str
    form: str

    @property
    def key(self) -> str:
        """Its key."""
        cube = model().cube("departures")
        browser = ClickHouseBrowser(cube, None, NOW, self.scope)  # type: ignore[arg-type]
        words = canonical(browser, self.values)
        reading = Reading(("departures",), has_definitions=False)
        return KEYS.key(Asked(words, reading, NOW, self.scope, self.language, self.form))


KEYS = Keys(model)


@st.composite
def questions(draw: st.DrawFn) -> Written:
    """Any question, in any way of writing it."""
    meant: list[Any] = []
    values: dict[str, Any] = {}
    for name, choices in (
        ("cut", CUTS),
        ("drilldown", DRILLS),
        ("aggregates", AGGREGATES),
        ("order", ORDERS),
    ):
        meaning, *ways = draw(st.sampled_from(choices))
        meant.append((name, meaning))
        _put(values, name, draw(st.sampled_from(ways)))
    chosen = draw(st.dictionaries(st.sampled_from(sorted({one[0] for one in OTHERS})), st.none()))
    for name in sorted(chosen):
        _, meaning, ways = draw(st.sampled_from([one for one in OTHERS if one[0] == name]))
        if (name, meaning) not in (("summary", "yes"), ("membership", "was")):
            meant.append((name, meaning))
        _put(values, name, draw(st.sampled_from(ways)))
    place = draw(st.integers(0, len(SCOPES) - 1))
    scope = draw(st.sampled_from(SCOPES[place]))
    language, form = draw(st.sampled_from(["en", "zh"])), draw(st.sampled_from(["json", "csv"]))
    return Written((*meant, place, language, form), values, scope, language, form)


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        values[name] = value


@given(questions(), questions())
def test_the_key_is_the_same_exactly_where_the_same_is_asked(one: Written, other: Written) -> None:
    assert (one.key == other.key) == (one.meant == other.meant)


@given(questions(), st.data())
def test_every_way_of_writing_a_question_has_its_key(one: Written, data: st.DataObject) -> None:
    spelled = dict(one.values)
    for name, choices in (("cut", CUTS), ("drilldown", DRILLS), ("order", ORDERS)):
        ways = next(ways for known, *ways in choices if (name, known) in one.meant)
        spelled.pop(name, None)
        _put(spelled, name, data.draw(st.sampled_from(ways)))

    assert replace(one, values=spelled).key == one.key


def test_a_day_that_is_counted_from_today_is_the_day_that_it_is() -> None:
    cube = model().cube("departures")
    browser = ClickHouseBrowser(cube, None, NOW, EVERYTHING)  # type: ignore[arg-type]

    yesterday = canonical(browser, {"cut": ["time:yesterday"]})
    assert yesterday == canonical(browser, {"cut": ["time:2013,4,12,30"]})


def key(reading: Reading, at: Snapshot) -> str:
    """The key of one question at a state."""
    return KEYS.key(Asked(["x"], reading, at, EVERYTHING, "en", "json"))


DEPARTURES = Reading(("departures",), has_definitions=False)
WEATHER = Reading(("weather",), has_definitions=False)
DEFINED = Reading(("weather",), has_definitions=True)


def changed(**tables: str) -> Snapshot:
    """The state after one more publication, which changed these tables."""
    return replace(NOW, number=8, top=25, changed={**NOW.changed, **tables})


def stale(at: Snapshot) -> list[bool]:
    """Which answers are stale at another state: departures, weather, definitions, everything."""
    readings = (DEPARTURES, WEATHER, DEFINED, EVERYTHING_READ)
    return [key(reading, at) != key(reading, NOW) for reading in readings]


def test_a_publication_makes_stale_what_reads_its_table() -> None:
    awaited = Arrivals(Contract("weather", "weather", "day"), {}, date(2014, 1, 6))
    for what, (at, wanted) in {
        "another table": (changed(), [False, False, False, False]),
        "departures": (changed(departures="8 x"), [True, False, False, True]),
        "weather": (changed(weather="8 x"), [False, True, True, True]),
        "airports": (changed(airports="8 x"), [True, True, True, True]),
        "the same number again": (changed(departures="6 y"), [True, False, False, True]),
        "definitions": (replace(NOW, definitions=4), [False, False, True, True]),
        "a repair": (replace(NOW, mended=1), [True, True, True, True]),
        "a roll-up": (replace(NOW, rollups={}), [True, False, False, True]),
        "a day of weather": (
            replace(NOW, watermarks={**NOW.watermarks, "weather": date(2013, 12, 31)}),
            [False, True, True, True],
        ),
        "an expected day": (
            replace(NOW, arrivals={"weather": (awaited,)}),
            [False, True, True, True],
        ),
    }.items():
        assert stale(at) == wanted, what


def test_another_model_of_a_cube_has_other_keys() -> None:
    other = Keys(lambda: replace(model(), version="another"))

    assert other.key(Asked(["x"], WEATHER, NOW, EVERYTHING, "en", "json")) != key(WEATHER, NOW)


def test_two_processes_build_the_same_key() -> None:
    fresh = load_model(files("cube_models"), "flights")
    asked = Asked(["x"], DEPARTURES, replace(NOW), EVERYTHING, "en", "json")

    assert Keys(lambda: fresh).key(asked) == key(DEPARTURES, NOW)
