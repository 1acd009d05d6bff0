"""Formulas: what they mean, how they are written, and what is said about a mistake."""

from fractions import Fraction

import pytest

from server.errors import InvalidInput
from server.indicators.absence import Absence, Figure
from server.indicators.formula import check_names, parse_formula

FLIGHTS: dict[str, Figure] = {
    "flights": Fraction(200),
    "on_time": Fraction(150),
    "late": Fraction(30),
    "none": Fraction(0),
    "missing": Absence.NOT_LOADED,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on_time / flights", Fraction(3, 4)),
        ("1 - on_time / flights", Fraction(1, 4)),
        ("(flights - on_time) / flights", Fraction(1, 4)),
        ("flights - on_time - late", Fraction(20)),
        ("flights - (on_time - late)", Fraction(80)),
        ("flights / 2 / 5", Fraction(20)),
        ("flights / (2 / 5)", Fraction(500)),
        ("2 + 3 * 4", Fraction(14)),
        ("-2 * 3", Fraction(-6)),
        ("2 - -3", Fraction(5)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1 / 3 * 3", Fraction(1)),
        ("if(flights > 100, 1, 2)", Fraction(1)),
        ("if(flights > 200, 1, 2)", Fraction(2)),
        ("if(flights >= 200, 1, 2)", Fraction(1)),
        ("if(flights <> 200, 1, 2)", Fraction(2)),
        ("if(flights != 200, 1, 2)", Fraction(2)),
        ("if(flights == 200, 1, 2)", Fraction(1)),
        ("IF(late <= 29, 1, 2)", Fraction(2)),
        ("if(none = 0, 0, late / none)", Fraction(0)),
        ("coalesce(late / none, 5)", Fraction(5)),
        ("Coalesce(late / none, none / none, on_time)", Fraction(150)),
        ("coalesce(late, missing)", Fraction(30)),
        ("if(flights > 100, late, missing)", Fraction(30)),  # the other branch does not matter
        ("late / none", Absence.ZERO_DENOMINATOR),
        ("none / none", Absence.ZERO_DENOMINATOR),
        ("late + missing", Absence.NOT_LOADED),
        ("missing / none", Absence.NOT_LOADED),
        ("if(missing > 0, 1, 2)", Absence.NOT_LOADED),
        ("coalesce(missing, 0)", Absence.NOT_LOADED),  # not known yet is not nothing
        ("coalesce(late / none, none / none)", Absence.ZERO_DENOMINATOR),
    ],
)
def test_a_formula_is_worked_out_exactly(text: str, expected: Figure) -> None:
    assert parse_formula(text).evaluate(FLIGHTS) == expected


@pytest.mark.parametrize(
    ("operator", "smaller", "equal", "greater"),
    [
        ("=", False, True, False),
        ("<>", True, False, True),
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_a_comparison_holds_or_not(
    operator: str, smaller: bool, equal: bool, greater: bool
) -> None:
    formula = parse_formula(f"if(a {operator} 5, 1, 0)")

    assert [formula.evaluate({"a": Fraction(a)}) for a in (4, 5, 6)] == [smaller, equal, greater]


def test_a_ratio_is_taken_of_sums_and_never_averaged() -> None:
    """90 of 100 and 1 of 10 make 91 of 110, which is 82.73 %, not the mean of 90 % and 10 %."""
    ratio = parse_formula("good / all")

    together = ratio.evaluate({"good": Fraction(90 + 1), "all": Fraction(100 + 10)})

    assert together == Fraction(91, 110)
    assert isinstance(together, Fraction)
    assert round(100 * together, 2) == Fraction("82.73")


def test_names_are_the_operands_and_not_the_functions() -> None:
    formula = parse_formula("if(a > 0, coalesce(b, c), a / d)")

    assert formula.names == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a/b", "a / b"),
        ("((a))+(b*c)", "a + b * c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("a-(b+c)", "a - (b + c)"),
        ("(a-b)-c", "a - b - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("-(a+b)", "-(a + b)"),
        ("--a", "--a"),
        ("1.50", "1.5"),
        ("007", "7"),
        ("IF(a==b,1,COALESCE(c))", "if(a = b, 1, coalesce(c))"),
        ("\n a\t+\r\n b ", "a + b"),
    ],
)
def test_a_formula_is_written_in_one_way(text: str, canonical: str) -> None:
    assert str(parse_formula(text)) == canonical


def test_numerator_and_denominator_of_a_plain_ratio_are_known() -> None:
    parts = parse_formula("(a + b) / c").as_ratio

    assert parts is not None
    assert [str(part) for part in parts] == ["a + b", "c"]
    assert parse_formula("a / b + 1").as_ratio is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it ends too early"),
        ("a +", "it ends too early"),
        ("(a", "it ends too early"),
        ("a b", "column 3: 'b' cannot stand here; expected"),
        ("a ++ b", "column 4: '+' cannot stand here"),
        ("a)", "column 2: ')' cannot stand here"),
        ("1e5", "column 2: 'e5' cannot stand here"),
        (".5", "column 1: '.' has no meaning in a formula; allowed: names, numbers, +"),
        ("a; drop table", "column 2: ';' has no meaning in a formula"),
        ("a < b", "column 3: '<' cannot stand here"),
        ("sum(a)", "column 1: sum is not a function; allowed: if, coalesce"),
        ("1 + if", "column 5: if needs its arguments in parentheses"),
        ("if(a, b, c)", "column 1: write if(a < b, then, otherwise)"),
        ("if(a < b, c)", "column 1: write if(a < b, then, otherwise)"),
        ("if(a < b, c < d, e)", "column 1: write if(a < b, then, otherwise)"),
        ("coalesce(a < b)", "column 1: coalesce takes terms, not comparisons"),
        ("coalesce()", "column 10: ')' cannot stand here"),
        ("１ + 2", "column 1: '１' has no meaning in a formula"),
        ("1" * 61, "column 1: a number has at most 60 digits"),
        ("a" * 2001, "it has 2001 characters; 2000 are allowed"),
        ("(" * 2000, "it ends too early"),
        ("-" * 100 + "a", "it is nested or chained more than 100 deep"),
        ("+".join("a" * 101), "it is nested or chained more than 100 deep"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_formula(text)

    assert sentence in refused.value.message
    assert refused.value.field == "formula"


def test_a_hundred_levels_are_still_read() -> None:
    assert parse_formula("+".join("a" * 100)).evaluate({"a": Fraction(1)}) == 100
    assert str(parse_formula("(" * 900 + "a" + ")" * 900)) == "a"


def test_an_unknown_name_is_told_with_what_is_allowed() -> None:
    formula = parse_formula("on_tme / flights")

    with pytest.raises(InvalidInput) as refused:
        check_names(formula, ["flights", "on_time"], "flights/indicators.toml [arrivals]")

    assert refused.value.message == (
        "flights/indicators.toml [arrivals]: on_tme is not an aggregate; allowed: flights, on_time"
    )
    assert refused.value.allowed == ("flights", "on_time")
    assert refused.value.hint == "did you mean on_time?"


def test_all_unknown_names_are_told_at_once() -> None:
    with pytest.raises(InvalidInput, match="x, y are not aggregates; allowed: flights"):
        check_names(parse_formula("x / y + flights"), ["flights"], "here")


def test_a_number_may_have_sixty_digits() -> None:
    assert parse_formula("1" * 60).evaluate({}) == int("1" * 60)


def test_a_cube_without_aggregates_allows_none() -> None:
    with pytest.raises(InvalidInput, match="a is not an aggregate; allowed: none"):
        check_names(parse_formula("a"), [], "here")


def test_known_names_pass() -> None:
    check_names(parse_formula("a / b"), {"a", "b", "c"}, "here")


def test_an_operand_that_nobody_gave_is_refused() -> None:
    with pytest.raises(InvalidInput, match="the formula needs b, c"):
        parse_formula("a + b + c").evaluate({"a": Fraction(1)})
