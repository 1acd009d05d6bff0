"""Laws of formulas, tried on many: round trip, no crash on any text, agreement with Python."""

import ast
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.indicators.absence import Absence, Figure
from server.indicators.formula import Formula, parse_formula
from server.indicators.formula_tree import (
    Coalesce,
    Condition,
    If,
    Name,
    Negative,
    Node,
    Number,
    Operation,
)

NAMES = ("a", "b", "c", "iffy", "coalesced", "_x1")
DECIMALS = st.decimals(0, 10**9, places=3).map(Fraction)


def deeper(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    operators = st.sampled_from("+-*/")
    comparisons = st.sampled_from(("=", "<>", "<", "<=", ">", ">="))
    conditions = st.builds(Condition, comparisons, inner, inner)
    return st.one_of(
        st.builds(Negative, inner),
        st.builds(Operation, operators, inner, inner),
        st.builds(If, conditions, inner, inner),
        st.builds(Coalesce, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    )


LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Number, DECIMALS), st.builds(Name, st.sampled_from(NAMES))
)
TREES: st.SearchStrategy[Node] = st.recursive(LEAVES, deeper, max_leaves=20)
FIGURES: st.SearchStrategy[Figure] = st.one_of(
    st.fractions(-1000, 1000, max_denominator=97), st.sampled_from(Absence)
)
OPERANDS = st.fixed_dictionaries(dict.fromkeys(NAMES, FIGURES))
TEXTS = st.one_of(
    st.text(max_size=80),
    st.text("ab01.()+-*/,=<> if", max_size=80),
    st.lists(st.sampled_from(("if(", "coalesce(", "a", "1", ",", ")", "+", "<", "/")), max_size=60)
    .map("".join),
)  # fmt: skip


@given(TREES)
def test_a_written_formula_reads_back_as_the_same_tree(tree: Node) -> None:
    text = str(Formula(tree))

    assert parse_formula(text) == Formula(tree)
    assert str(parse_formula(text)) == text


@settings(max_examples=500)
@given(TEXTS)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        formula = parse_formula(text)
    except InvalidInput:
        return

    assert parse_formula(str(formula)) == formula


@given(TREES, OPERANDS)
def test_every_formula_has_a_figure(tree: Node, operands: dict[str, Figure]) -> None:
    result = Formula(tree).evaluate(operands)

    assert isinstance(result, Fraction | Absence)


ARITHMETIC: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Negative, inner), st.builds(Operation, st.sampled_from("+-*/"), inner, inner)
    ),
    max_leaves=15,
)
NUMBERS = st.fixed_dictionaries({name: st.fractions(-99, 99, max_denominator=9) for name in NAMES})


@given(ARITHMETIC, NUMBERS)
def test_arithmetic_agrees_with_another_reader(tree: Node, operands: dict[str, Fraction]) -> None:
    """Python's own grammar reads the same text; its tree is worked out here step by step."""
    text = str(Formula(tree))

    ours = parse_formula(text).evaluate(operands)

    try:
        assert ours == python_value(ast.parse(text, mode="eval").body, operands, text)
    except ZeroDivisionError:
        assert ours is Absence.ZERO_DENOMINATOR


def python_value(node: ast.expr, operands: dict[str, Fraction], text: str) -> Fraction:
    match node:
        case ast.Constant():
            return Fraction(ast.get_source_segment(text, node) or "")
        case ast.Name(id=name):
            return operands[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -python_value(operand, operands, text)
        case ast.BinOp(left=left, op=operator, right=right):
            one, other = python_value(left, operands, text), python_value(right, operands, text)
            match operator:
                case ast.Add():
                    return one + other
                case ast.Sub():
                    return one - other
                case ast.Mult():
                    return one * other
                case ast.Div():
                    return one / other
    raise AssertionError(ast.dump(node))
