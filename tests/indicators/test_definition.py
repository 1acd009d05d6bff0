"""An indicator's written form: what is read, what is written back, what is refused and how."""

import json
from fractions import Fraction
from typing import Any

import pytest

from server.errors import ManyErrors
from server.indicators.curve import Direction, Linear, Method, OnAttainment, Steps
from server.indicators.definition import (
    Indicator,
    Text,
    indicator_from_mapping,
    indicator_to_mapping,
    indicators_from_mapping,
    path_text,
    read_path,
)
from server.indicators.targets import Target
from server.periods import Period
from tests.indicators.definitions import indicator, volume, written

RATIO = {"kind": "linear", "attainment": "ratio"}
POINTS = [["0.8", 60], ["1", 100], ["1.2", 120]]


def mistakes(body: object) -> list[str]:
    with pytest.raises(ManyErrors) as refused:
        indicator_from_mapping(body, "flights [x]")
    return [error.message for error in refused.value.errors]


def test_an_author_s_text_becomes_an_indicator() -> None:
    read = indicator()

    assert read.name == Text("Arrivals on time", "准点到达率")
    assert str(read.formula) == "on_time_arrivals / flights"
    assert read.unit.code == "percent"
    assert read.direction is Direction.HIGHER
    assert read.curve.shape == Linear(
        OnAttainment(Method.TWO_ANCHOR, Direction.HIGHER, Fraction(1, 2))
    )
    assert read.curve.cap == 120
    assert read.targets == (
        Target(Period("month", 2013, 10), Fraction(4, 5)),
        Target(Period("month", 2013, 11), Fraction(41, 50)),
        Target(Period("month", 2013, 12), Fraction(3, 4)),
        Target(Period("month", 2013, 12), Fraction(17, 20), ("network", "AA")),
    )
    assert read.version == 1


def test_names_are_given_in_the_reader_s_language() -> None:
    name = indicator().name

    assert [name.in_language(language) for language in ("en", "zh", "zh-Hans", "zh_CN", "fr")] == [
        "Arrivals on time",
        "准点到达率",
        "准点到达率",
        "准点到达率",
        "Arrivals on time",
    ]


CURVES: list[dict[str, Any]] = [
    {"kind": "two_anchor", "worst": "0.5", "cap": 100},
    {"kind": "linear", "attainment": "signed"},
    {"kind": "breakpoints", "on": "attainment", "points": POINTS, "below": 0},
    {"kind": "breakpoints", "on": "value", "points": POINTS, "above": 120},
    {"kind": "steps", "on": "value", "points": POINTS},
    {"kind": "steps", "on": "value", "points": [[place, 0] for place in range(100)]},
    {"kind": "steps", "on": "attainment", "attainment": "two_anchor", "worst": 0, "points": POINTS},
    {"kind": "spider", "red": "0.6", "goal": "0.8"},
    {"kind": "spider", "red": "0.6"},
    {"kind": "milestone"},
    {"kind": "milestone", "at": "1/3"},
    {"kind": "challenge", "bonus": 10},
    {"kind": "linear", "may_deduct": True},
]


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_is_written_back_as_an_equal_definition(curve: dict[str, Any]) -> None:
    read = indicator(curve=curve)

    body = json.loads(json.dumps(indicator_to_mapping(read)))

    assert indicator_from_mapping(body, "again") == read


@pytest.mark.parametrize(
    "read",
    [
        indicator(direction="band", curve={"kind": "band", "limits": ["0.5", "0.7", "0.9", 1]}),
        indicator(direction="lower", curve={"kind": "steps", "on": "value", "points": [[1, 100]]}),
        indicator(unit={"code": "yuan", "symbol": {"en": "CNY", "zh": "元"}, "scale": 1}),
        indicator(targets=None, organisation_targets=None, target_basis=None),
        indicator(target_scope="own", version=7, frequency="week"),
        indicator(curve={"kind": "challenge"}, challenges={"2013-12": "0.9"}),
        indicator(organisation_targets={r"a\,b,c\\d": {"2013": "0.8"}}),
        volume(),
    ],
)
def test_every_definition_is_written_back_as_an_equal_one(read: Indicator) -> None:
    body = json.loads(json.dumps(indicator_to_mapping(read)))

    assert indicator_from_mapping(body, "again") == read


@pytest.mark.parametrize(
    ("direction", "axis", "is_at_most"),
    [
        ("lower", {"on": "value"}, True),
        ("lower", {"on": "attainment"}, False),
        ("higher", {"on": "value"}, False),
    ],
)
def test_steps_are_reached_from_above_where_a_small_value_is_better(
    direction: str, axis: dict[str, str], is_at_most: bool
) -> None:
    shape = indicator(
        direction=direction, curve={"kind": "steps", "points": [[1, 100]], **axis}
    ).curve.shape

    assert isinstance(shape, Steps)
    assert shape.is_at_most is is_at_most


def test_an_owner_may_have_a_long_name() -> None:
    assert len(indicator(owner="x" * 4000).owner) == 4000


def test_a_path_with_a_comma_in_a_member_survives() -> None:
    path = ("a,b", "c\\d", "America/New_York")

    assert read_path(path_text(path)) == path
    assert read_path("network,AA") == ("network", "AA")


def test_a_ratio_inherits_the_company_s_target_and_a_volume_does_not() -> None:
    minutes = indicator(unit="minutes", formula="delay_minutes / departed")
    millions = indicator(unit="million_seat_miles", formula="seat_miles / 1000000")

    assert indicator().inherits_target
    assert minutes.inherits_target
    assert not millions.inherits_target
    assert not volume().inherits_target
    assert volume(target_scope="inherited").inherits_target


def test_all_mistakes_are_told_at_once() -> None:
    body = written(
        name={"en": "Arrivals"},
        formula="on_time / ",
        unit="percents",
        direction="up",
        decimals=12,
        owner="",
        targets={"2013-13": "0.8", "2013-12": "much"},
        curve={"kind": "breakpoint"},
        meaning=None,
        wieght=3,
        derection="higher",
    )

    assert mistakes(body) == [
        "flights [x] direction: is 'up'; expected one of higher, lower, band",
        "flights [x] unit: is 'percents'; expected one of count, percent, ratio, points, minutes, "
        "hours, days, years, flights, aircraft, seats, miles, seat_miles, million_seat_miles, "
        "per_day",
        "flights [x] formula: it ends too early; a name, a number or a closing parenthesis is "
        "missing",
        "flights [x] targets: '2013-13' is not a period (2013 has no month 13; it has 1 to 12); "
        "write one like 2013-12-31, 2013-W52, 2013-12, 2013-Q4, 2013",
        "flights [x] targets 2013-12: 'much' is not a number; write one like 12, -0.5, 80% or 1/3",
        "flights [x] name zh: is missing; expected a text",
        "flights [x] meaning: is missing; expected a table with en and zh",
        "flights [x] decimals: is 12; expected a whole number from 0 to 9",
        "flights [x] owner: is ''; expected a text",
        "flights [x] curve kind: is 'breakpoint'; expected one of breakpoints, steps, linear, "
        "two_anchor, band, spider, milestone, challenge",
        "flights [x] wieght: is not a known field",
        "flights [x] derection: is not a known field; did you mean direction?",
    ]


def test_mistakes_of_all_indicators_of_a_file_are_told_at_once() -> None:
    with pytest.raises(ManyErrors) as refused:
        indicators_from_mapping(
            {
                "one": written(owner=None, code="one"),
                "two": {},
                "3": written(code=None),
                "four": 4,
                "five": written(),
            },
            "indicators.toml",
        )

    messages = [error.message for error in refused.value.errors]
    assert any(one.startswith("indicators.toml [3] code: '3' is not a code") for one in messages)
    assert "indicators.toml [five] code: is 'on_time_arrivals', not five" in messages
    assert messages[0] == "indicators.toml [one] owner: is missing; expected a text"
    assert "indicators.toml [two] name: is missing; expected a table with en and zh" in messages
    assert any(
        message.startswith("indicators.toml [four]: expected a table") for message in messages
    )


def test_a_file_of_indicators_is_read_in_its_order() -> None:
    bodies = {"b": written(), "a": written()}
    for body in bodies.values():
        del body["code"]

    assert [one.code for one in indicators_from_mapping(bodies, "file")] == ["b", "a"]


@pytest.mark.parametrize("code", ["B", "1a", "a b", "a-b", "准点", "a" * 61, "a.b", "_a"])
def test_a_code_is_plain(code: str) -> None:
    assert (
        "is not a code; small letters, digits and _ are allowed" in mistakes(written(code=code))[0]
    )


@pytest.mark.parametrize("number", [0.8, True, [1], float("nan"), 10**18, "8e-1"])
def test_a_number_that_is_not_exact_is_refused(number: object) -> None:
    (message,) = mistakes(written(targets={"2013-12": number}))

    assert message.startswith("flights [x] targets 2013-12: ")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"curve": RATIO, "targets": {"2013-12": 0}},
            "target 2013-12 is zero: attainment ratio has no meaning there; "
            'write attainment = "two_anchor" and worst',
        ),
        (
            {"curve": RATIO, "targets": {"2013-11": 1, "2013-12": -1}},
            "target 2013-12 is negative: attainment ratio has no meaning there; "
            'write attainment = "two_anchor" and worst',
        ),
        (
            {"curve": {"kind": "linear", "attainment": "signed"}, "targets": {"2013-12": -1}},
            "target 2013-12 is negative: attainment signed has no meaning there; "
            'write attainment = "two_anchor" and worst',
        ),
        (
            {"curve": {"kind": "linear"}, "direction": "lower", "targets": {"2013-12": 0}},
            "target 2013-12 is zero: attainment mirror has no meaning there; "
            'write attainment = "two_anchor" and worst',
        ),
        (
            {"targets": {"2013-12": "0.5"}},
            "target 2013-12 equals worst: attainment would divide by zero",
        ),
        (
            {"organisation_targets": {"network,AA": {"2013-12": "0.5"}}},
            "target 2013-12 network,AA equals worst: attainment would divide by zero",
        ),
        (
            {"targets": {"2013-12": "0.4"}},
            "target 2013-12: worst must lie below the target when higher is better",
        ),
        (
            {"direction": "lower"},
            "target 2013-10: worst must lie above the target when lower is better",
        ),
        ({"curve": {"kind": "two_anchor"}}, "curve worst: is missing; expected a number"),
        (
            {"curve": {"kind": "linear", "attainment": "mirror"}},
            "attainment mirror goes with direction lower, not higher",
        ),
        ({"curve": RATIO, "direction": "lower"}, "ratio goes with direction higher, not lower"),
        ({"curve": {**RATIO, "cap": 0}}, "cap is 0; it must be above 0"),
        (
            {"curve": {"kind": "breakpoints", "on": "value", "points": [[1, 60]]}},
            "points has 1 points; at least 2 are needed",
        ),
        (
            {"curve": {"kind": "breakpoints", "on": "value", "points": [[1, 60], [1, 70]]}},
            "points must rise in x: 1 follows 1",
        ),
        (
            {"curve": {"kind": "breakpoints", "on": "value", "points": [[1, 70], [2, 60]]}},
            "the score goes from 70 to 60 towards the higher, better side",
        ),
        (
            {
                "direction": "lower",
                "curve": {"kind": "breakpoints", "on": "value", "points": [[1, 60], [2, 70]]},
            },
            "the score goes from 70 to 60 towards the lower, better side",
        ),
        (
            {"curve": {"kind": "breakpoints", "on": "value", "points": POINTS, "below": 61}},
            "the score goes from 61 to 60 towards the higher, better side",
        ),
        (
            {"curve": {"kind": "breakpoints", "on": "value", "points": [[1, 60], [2, 130]]}},
            "the score 130 at 2 is above the cap 120",
        ),
        (
            {"curve": {"kind": "breakpoints", "on": "value", "points": [[1, -5], [2, 100]]}},
            "the score -5 at 1 is negative; set may_deduct to allow it",
        ),
        ({"curve": {"kind": "breakpoints", "on": "value"}}, "points: expected a list of pairs"),
        (
            {"curve": {"kind": "steps", "on": "value", "points": [[x, 1] for x in range(101)]}},
            "points: has 101 points; 100 are allowed",
        ),
        ({"owner": "x" * 4001}, "owner: has 4001 characters; 4000 are allowed"),
        ({"targets": {"2013-12": 0.75}}, "0.75 is not an exact number; write it as text"),
        ({"targets": {"2013-12": True}}, "True is not an exact number"),
        (
            {"curve": {"kind": "steps", "on": "value", "points": [[1], [2, 3]]}},
            'points[0]: expected a pair such as ["0.8", 60]',
        ),
        (
            {"curve": {"kind": "band", "limits": [1, 2, 3, 4]}},
            "a band goes with direction band, not higher",
        ),
        (
            {"direction": "band", "curve": {"kind": "band", "limits": [1, 2, 2, 2]}},
            "a band needs outer low < inner low <= inner high < outer high",
        ),
        (
            {"direction": "band", "curve": {"kind": "band", "limits": [1, 2]}},
            "expected four numbers",
        ),
        ({"direction": "band", "curve": RATIO}, "direction band needs the kind band"),
        ({"curve": {"kind": "spider", "red": 1, "goal": 1}}, "goal and red are both 1"),
        (
            {"curve": {"kind": "spider", "red": 2, "goal": 1}},
            "goal 1 lies on the wrong side of red 2",
        ),
        ({"curve": {"kind": "spider", "red": "0.8"}}, "target 2013-10: goal and red are both 0.8"),
        ({"curve": {"kind": "challenge", "bonus": -1}}, "bonus is -1; it must not be negative"),
        (
            {"curve": {"kind": "challenge"}, "challenges": {"2013-12": "0.75"}},
            "challenges: 2013-12 is 0.75, not beyond the target 0.75",
        ),
        ({"challenges": {"2013-12": "0.9"}}, 'only a curve of kind = "challenge"'),
        ({"target_basis": None}, "target_basis: is missing"),
        ({"frequency": "decade"}, "frequency: is 'decade'; expected one of day, week, month"),
        ({"unit": {"code": "x"}}, "unit symbol: is missing"),
    ],
)
def test_a_curve_that_cannot_score_is_refused_when_it_is_defined(
    changes: dict[str, Any], sentence: str
) -> None:
    assert any(sentence in message for message in mistakes(written(**changes)))


@pytest.mark.parametrize("body", [None, 3, "text", [], {}, {"curve": 3}, {"targets": [1]}])
def test_anything_else_is_refused_and_never_breaks(body: object) -> None:
    assert mistakes(body)


def test_a_target_may_be_missing_but_not_its_basis() -> None:
    without = indicator(targets=None, organisation_targets=None, target_basis=None)

    assert without.targets == ()
    assert without.target_basis == Text("", "")
