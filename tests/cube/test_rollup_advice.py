"""Advice on roll-ups: from the questions that were asked, with gain and cost."""

from dataclasses import dataclass, field

import pytest

from server.cube.rollup_advice import Advice, advise, need_of
from server.cube.rollups import RollUpKey
from tests.cube.market import market_model

SALES = market_model().cube("sales")


@dataclass(frozen=True)
class Asked:
    """A question as the log has it."""

    levels: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ("pieces_sum",)
    microseconds: int = 1_000_000
    served_by: str = "facts"
    cube: str = "sales"


@dataclass
class Counted:
    """Tells how many rows roll-ups of some keys have, and remembers who asked."""

    rows: dict[tuple[str, ...], int] = field(default_factory=dict)

    def __call__(self, shapes: object) -> list[int]:
        assert isinstance(shapes, list)
        return [self.rows.get(keys, 50) for keys in shapes]


def need(*keys: tuple[str, str]) -> frozenset[RollUpKey]:
    return frozenset(RollUpKey(name, part) for name, part in keys)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Asked(("time.month",), ("shop.town",)), need(("time", "month"), ("shop", ""))),
        (Asked(("time.year", "time.quarter"), ("time.year",)), need(("time", "quarter"))),
        (Asked(("time.month",), ("time.quarter",)), need(("time", "month"))),
        (Asked(("time.week",), ("time.month",)), need(("time", "day"))),
        (Asked(("time.day",)), need(("time", "day"))),
        (Asked(("article",)), need(("article", ""))),
        (Asked(("time:month", "shop:shop"), ("shop:town",)), need(("time", "month"), ("shop", ""))),
        (Asked(("time@iso:week", "article:article")), need(("time", "iso_week"), ("article", ""))),
        (Asked(("time:day",), ("time:month",)), need(("time", "day"))),
        (Asked(("time:decade",)), None),
        (Asked(), need()),
        (Asked(("time.month",), served_by="by_month"), None),
        (Asked(("time.month",), aggregates=("floor_pieces_sum",)), None),
        (Asked(("time.month",), aggregates=("gone",)), None),
        (Asked(("gone.level",)), None),
        (Asked(cube="visits"), None),
    ],
)
def test_what_a_question_needs(question: Asked, expected: frozenset[RollUpKey] | None) -> None:
    assert need_of(SALES, question) == expected


def test_the_dearest_questions_come_first_and_gain_is_told() -> None:
    asked = [
        Asked(("time.month",), microseconds=9_000_000, aggregates=("sales", "price_sum")),
        Asked(("article",), microseconds=1_000_000),
    ]

    first, *others = advise(SALES, asked, 1_000_000, Counted({("`article`",): 200_000}))

    assert (first.keys, first.questions, first.seconds, first.rows) == (
        ("time:month", "article"),
        2,
        10.0,
        50,
    )
    assert first.aggregates == ("sales", "pieces_sum", "price_sum")
    assert first.sentence == (
        "sales by time:month, article: 2 questions of 10.0 s would read 50 rows, not 1,000,000 "
        "(20,000 times fewer)"
    )
    assert all(each.keys != ("time:month",) for each in others)


def test_what_does_not_pay_is_refused_and_says_why() -> None:
    (found,) = advise(
        SALES, [Asked(("time.day", "article"))], 1_000, Counted({("`day`", "`article`"): 101})
    )

    assert not found.pays
    assert found.sentence.endswith(
        "only 9.9 times fewer: it would cost nearly as much as the facts with every load, and "
        "does not pay"
    )


def test_a_tenth_of_the_facts_pays_just_so() -> None:
    assert Advice("sales", (), (), 1, 1.0, 100, 1_000).pays
    assert not Advice("sales", (), (), 1, 1.0, 101, 1_000).pays


def test_two_needs_together_are_told_when_both_would_be_served() -> None:
    asked = [Asked(("time.month",)), Asked(("time.quarter",), ("shop.town",))]

    found = advise(SALES, asked, 1_000_000, Counted())

    assert found[0].keys == ("time:month", "shop")
    assert found[0].questions == 2


def test_without_questions_there_is_no_advice() -> None:
    assert advise(SALES, [], 1_000, Counted()) == ()
