"""A scorecard: its written form, its weights, and its scores rolled up level by level."""

import json
import tomllib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ManyErrors
from server.indicators.absence import Absence, Figure
from server.indicators.rollup import RolledUp
from server.indicators.scorecard import (
    Link,
    Method,
    Objective,
    Perspective,
    Scorecard,
    effective_weights,
    score_card,
    scorecard_from_mapping,
    scorecard_to_mapping,
    scorecards_from_mapping,
)
from server.indicators.scoring import Bands
from server.indicators.wording import Text

CARD = """
[house]
name = { en = "House", zh = "总体" }
min_coverage = "0.6"
bands = { exceeded = 110, watch = "50.5" }

[[house.perspectives]]
code = "customer"
name = { en = "Customer", zh = "客户" }
weight = 60

[[house.perspectives.objectives]]
code = "promise"
name = { en = "Keep the promise", zh = "守约" }
weight = 3
indicators = [{ code = "on_time", weight = 50 }, { code = "severe", weight = 30 }]

[[house.perspectives.objectives]]
code = "safety"
name = { en = "Safety", zh = "安全" }
weight = 1
method = "min"
indicators = [{ code = "accidents", weight = 1 }, { code = "severe", weight = 1 }]

[[house.perspectives]]
code = "capacity"
name = { en = "Capacity", zh = "运力" }
weight = 40

[[house.perspectives.objectives]]
code = "deliver"
name = { en = "Deliver", zh = "兑现" }
weight = 100
indicators = [{ code = "seats", weight = 100 }]
"""


def written() -> dict[str, Any]:
    body: dict[str, Any] = tomllib.loads(CARD, parse_float=Decimal)["house"]
    return {"code": "house", **body}


def card() -> Scorecard:
    return scorecard_from_mapping(written(), "test [house]")


def mistakes(body: object) -> list[str]:
    with pytest.raises(ManyErrors) as refused:
        scorecard_from_mapping(body, "cards [x]")
    return [error.message for error in refused.value.errors]


def test_an_author_s_text_becomes_a_scorecard() -> None:
    read = card()

    assert [one.code for one in read.perspectives] == ["customer", "capacity"]
    assert [one.code for one in read.objectives] == ["promise", "safety", "deliver"]
    assert read.objectives[1].method is Method.MIN
    assert read.objectives[0].links[1] == Link("severe", Fraction(30))
    assert read.bands == Bands(Fraction(110), Fraction(90), Fraction(101, 2))
    assert read.indicator_codes == ("on_time", "severe", "accidents", "seats")


def test_weights_below_one_and_bands_that_meet_are_allowed() -> None:
    body = written()
    body["perspectives"][0]["weight"] = "0.5"
    body["bands"] = {"exceeded": 90, "on_target": 90, "watch": 90}

    read = scorecard_from_mapping(body, "test")

    assert read.perspectives[0].weight == Fraction(1, 2)
    assert read.bands == Bands(Fraction(90), Fraction(90), Fraction(90))


def test_a_scorecard_is_written_back_as_an_equal_one() -> None:
    body = json.loads(json.dumps(scorecard_to_mapping(card())))

    assert scorecard_from_mapping(body, "again") == card()


def test_effective_weights_are_products_of_shares() -> None:
    """on_time: 60 % of 3/4 of 5/8; severe: 60 % of 3/4 of 3/8 and 60 % of 1/4 of 1/2."""
    assert effective_weights(card()) == {
        "on_time": Fraction(60, 100) * Fraction(3, 4) * Fraction(5, 8),
        "severe": Fraction(60, 100) * (Fraction(3, 4) * Fraction(3, 8) + Fraction(1, 8)),
        "accidents": Fraction(60, 100) * Fraction(1, 8),
        "seats": Fraction(40, 100),
    }


WEIGHTS = st.fractions("1/10", 100, max_denominator=10)
CODES = st.sampled_from(["a", "b", "c", "d"])
TEXT = st.just(Text("x", "x"))
LINKS = st.lists(st.builds(Link, CODES, WEIGHTS), min_size=1, max_size=4).map(tuple)
OBJECTIVES = st.lists(st.builds(Objective, CODES, TEXT, WEIGHTS, LINKS), min_size=1, max_size=3)
PERSPECTIVES = st.lists(
    st.builds(Perspective, CODES, TEXT, WEIGHTS, OBJECTIVES.map(tuple)), min_size=1, max_size=4
)
CARDS = st.builds(Scorecard, CODES, TEXT, PERSPECTIVES.map(tuple))


@given(CARDS)
def test_effective_weights_sum_to_exactly_one(scorecard: Scorecard) -> None:
    assert sum(effective_weights(scorecard).values()) == 1


@given(CARDS, st.dictionaries(CODES, st.fractions(0, 120, max_denominator=9), min_size=4))
def test_a_complete_card_is_the_mean_by_effective_weights(
    scorecard: Scorecard, scores: dict[str, Figure]
) -> None:
    weights = effective_weights(scorecard)

    rolled = score_card(scorecard, scores).total

    expected = sum(
        (weight * Fraction(str(scores[code])) for code, weight in weights.items()), Fraction(0)
    )
    assert rolled == RolledUp(expected, Fraction(1))


def test_scores_roll_up_level_by_level() -> None:
    scores: dict[str, Figure] = {
        "on_time": Fraction(90),
        "severe": Fraction(50),
        "accidents": Fraction(100),
        "seats": Absence.LATE,
    }

    result = score_card(card(), scores)

    promise = Fraction(50 * 90 + 30 * 50, 80)  # 75
    safety = Fraction(50)  # the worst decides
    customer = (3 * promise + safety) / 4  # 68.75
    assert [[one.score for one in row] for row in result.objectives] == [
        [promise, safety],
        [Absence.LATE],
    ]
    assert [one.score for one in result.perspectives] == [customer, Absence.LATE]
    assert result.total == RolledUp(customer, Fraction(6, 10), is_partial=False)


def test_coverage_counts_the_leaves_below() -> None:
    """Without on_time and seats: promise covers 3/8, customer 3/4 of that and the safe quarter."""
    scores: dict[str, Figure] = {
        "on_time": Absence.NOT_LOADED,
        "severe": Fraction(50),
        "accidents": Fraction(100),
        "seats": Fraction(80),
    }

    result = score_card(card(), scores)

    customer = Fraction(3, 4) * Fraction(3, 8) + Fraction(1, 4)
    assert result.objectives[0][0] == RolledUp(Fraction(50), Fraction(3, 8), is_partial=True)
    assert result.perspectives[0].coverage == customer
    assert result.perspectives[0].is_partial
    assert result.total.coverage == Fraction(60, 100) * customer + Fraction(40, 100)
    assert not result.total.is_partial


def test_all_mistakes_are_told_at_once() -> None:
    body = written()
    body["min_coverage"] = 2
    body["bands"] = {"watch": 95, "green": 1}
    body["perspectives"][0]["weight"] = 0
    body["perspectives"][1]["code"] = "customer"
    body["perspectives"][0]["objectives"][0]["indicators"] = []
    body["perspectives"][1]["objectives"][0]["indicators"] = [
        {"code": "seats", "weight": 1},
        {"code": "seats", "wieght": 1},
    ]

    assert mistakes(body) == [
        "cards [x] perspectives[0] weight: is 0; it must be above 0",
        "cards [x] perspectives[0] objectives[0] indicators: is []; "
        "expected a list of tables, at least one",
        "cards [x] perspectives[1] objectives[0] indicators[1] weight: "
        "is missing; expected a number above 0",
        "cards [x] perspectives[1] objectives[0] indicators[1] wieght: "
        "is not a known field; did you mean weight?",
        "cards [x] perspectives[1] objectives[0] indicators: seats stands there twice",
        "cards [x] bands green: is not a known field",
        "cards [x] bands: must fall from exceeded over on_target to watch",
        "cards [x] min_coverage: is 2; it must be from 0 to 1",
        "cards [x] perspectives: customer stands there twice",
    ]


@pytest.mark.parametrize("body", [None, 3, [], {}, {"perspectives": 3}, {"perspectives": [1]}])
def test_anything_else_is_refused_and_never_breaks(body: object) -> None:
    assert mistakes(body)


def test_mistakes_of_all_scorecards_of_a_file_are_told_at_once() -> None:
    with pytest.raises(ManyErrors) as refused:
        scorecards_from_mapping({"one": {}, "two": {}}, "scorecards.toml")

    messages = [error.message for error in refused.value.errors]
    assert "scorecards.toml [one] name: is missing; expected a table with en and zh" in messages
    assert "scorecards.toml [two] name: is missing; expected a table with en and zh" in messages
