"""Receipts: the canonical form of a figure, sealed, and equal when it is replayed."""

import json
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256

import pytest

from server.indicators.absence import Absence
from server.indicators.formula import parse_formula
from server.indicators.receipt import Receipt, canonical_json, is_sealed, written_figure
from server.indicators.rounding import read_number


def receipt(figure: Fraction | Absence = Fraction(2, 3)) -> Receipt:
    return Receipt(
        indicator="on_time_arrivals",
        definition_version=3,
        slice="organisation:network,AA",
        period="2013-12",
        snapshot=7,
        as_of_model=12,
        policy_version=1,
        figure=figure,
        decimals=3,
    )


def test_a_figure_is_written_rounded_and_exact() -> None:
    assert written_figure(Fraction(2, 3), 3) == {"value": "0.667", "exact": "2/3"}
    assert written_figure(Fraction(10, 4), 0) == {"value": "2", "exact": "5/2"}
    assert written_figure(Fraction(4), 1) == {"value": "4.0", "exact": "4/1"}
    assert written_figure(Absence.LATE, 1) == {"absence": "late"}


def test_the_seal_is_the_hash_of_the_canonical_json() -> None:
    text = (
        '{"as_of_model":12,"definition_version":3,"exact":"2/3","indicator":"on_time_arrivals",'
        '"period":"2013-12","policy_version":1,"scorer_version":1,'
        '"slice":"organisation:network,AA","snapshot":7,"value":"0.667"}'
    )

    assert receipt().document["sha256"] == sha256(text.encode()).hexdigest()


def test_a_replayed_formula_has_the_same_receipt() -> None:
    operands = {"on_time": Fraction(2), "flights": Fraction(3)}
    first = parse_formula("on_time/flights").evaluate(operands)
    formula = parse_formula(str(parse_formula("on_time/flights")))

    replayed = formula.evaluate(operands)

    assert receipt(first).document == receipt(replayed).document
    assert read_number(str(receipt(first).document["exact"])) == first


def test_a_changed_receipt_is_found_out() -> None:
    document = json.loads(json.dumps(receipt().document))

    assert is_sealed(document)
    assert not is_sealed({**document, "value": "0.668"})
    assert not is_sealed({**document, "sha256": "0" * 64})
    assert receipt().document != replace(receipt(), snapshot=8).document


def test_the_order_of_keys_and_the_script_do_not_matter() -> None:
    assert canonical_json({"b": [1, {"d": None, "c": "准"}], "a": True}) == (
        '{"a":true,"b":[1,{"c":"准","d":null}]}'
    )


@pytest.mark.parametrize("value", [0.1, {"a": 0.5}, [1, (2, 0.5)]])
def test_a_binary_float_has_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError, match="binary float"):
        canonical_json(value)
