"""`docs/loading.md` tells the truth: its example is one, its lists are whole."""

import ast
import re
from pathlib import Path
from typing import get_args

from loaders.specification import read_specification
from server.metadata.loads import State

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs" / "loading.md").read_text(encoding="utf-8")
PARSERS = (
    "values",
    "typed_values",
    "derive",
    "csv_rows",
    "row_schema",
    "doubles",
    "routing",
)


def test_the_example_is_a_specification() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    specification = read_specification(example.encode(), "flights", "docs/loading.md")

    assert specification.rows == 336_776
    assert specification.columns[0].least == -1440


def test_every_state_of_a_load_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \| ", PAGE, re.MULTILINE))

    assert set(get_args(State)) <= explained


def test_every_rule_of_quarantine_is_listed() -> None:
    (listed,) = re.findall(r"^Rules of quarantine: (.*?)\.\n", PAGE, re.DOTALL | re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", listed)) == _rules_of_the_code()


def _rules_of_the_code() -> set[str]:
    """The rule in calls of `refused` and `Quarantined`, and in what a line checker answers."""
    rules: set[str] = set()
    for name in PARSERS:
        tree = ast.parse((HOUSE / "loaders" / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"refused": 1, "Quarantined": 3}.get(node.func.id)
                rules |= _texts(node.args[place : place + 1]) if place is not None else set()
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                rules |= _texts(node.value.elts[:1])
    return rules


def _texts(nodes: list[ast.expr]) -> set[str]:
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
