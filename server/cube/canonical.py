"""A question in its canonical form: the same values exactly where the same is asked.

Ways of writing the same are one: several cuts in one text or in several, a hierarchy that is named
though it is the first one, days counted from today, a word that is what it would be anyway. The
order of cuts, drill-downs and aggregates stays: answers repeat it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from server.cube import asked
from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import parse_cuts, text_of
from server.cube.drilldown import parse_drilldown
from server.cube.elements import AS_WAS
from server.cube.modifiers import read_comparisons, read_modifiers

Values = Mapping[str, Any]

# What a word says when it is left out.
_USUAL: Values = {"membership": AS_WAS, "summary": True, "search": ""}
_EMPTY: tuple[object, ...] = (None, (), [], {}, "")


def canonical(browser: ClickHouseBrowser, values: Values) -> dict[str, object]:
    """The words of a question to one cube, as JSON values.

    Raises:
        AskerError: one of them cannot be understood.
    """
    plain = {name: value for name, value in values.items() if value not in _EMPTY}
    found: dict[str, object] = {
        name: _plain(value) for name, value in plain.items() if value != _USUAL.get(name)
    }
    for name, read in _READ.items():
        if name in plain:
            found[name] = read(browser, values, plain[name])
    if found.get("aggregates") == _all_aggregates(browser):
        del found["aggregates"]
    told = {name: value for name, value in found.items() if value not in _EMPTY}
    return {"cube": browser.model.name, **told}


def _cuts(browser: ClickHouseBrowser, _values: Values, asked_for: Any) -> object:
    cuts = parse_cuts(browser.model, asked_for, browser.today)
    return [text_of(browser.model, [cut]) for cut in cuts]


def _drills(browser: ClickHouseBrowser, values: Values, asked_for: Any) -> object:
    cell = browser.cell(values.get("cut") or None)
    return [drill.text for drill in parse_drilldown(cell, asked_for)]


def _aggregates(browser: ClickHouseBrowser, _values: Values, asked_for: Any) -> object:
    return [one.name for one in asked.aggregates(browser.model, asked_for)]


def _order(_browser: ClickHouseBrowser, _values: Values, asked_for: Any) -> object:
    """By what and in which direction; both are checked when the question is asked."""
    items = re.split(r"[|,]", asked_for) if isinstance(asked_for, str) else asked_for
    return [_direction(item) for item in items if item]


def _direction(item: str) -> list[str]:
    name, _, word = item.partition(":")
    word = word.lower()
    if word in ("", "none") or word.startswith("asc"):
        return [name, "asc"]
    return [name, "desc" if word.startswith("desc") else word]


def _modifiers(_browser: ClickHouseBrowser, _values: Values, asked_for: Any) -> object:
    return [one.name for one in read_modifiers(asked_for)]


def _comparisons(_browser: ClickHouseBrowser, _values: Values, asked_for: Any) -> object:
    return [one.text for one in read_comparisons(asked_for)]


def _all_aggregates(browser: ClickHouseBrowser) -> list[str]:
    return [one.name for one in browser.model.aggregates]


def _plain(value: Any) -> object:
    """A value as JSON has it; a moment as text, which is another one than a number."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


_READ: Mapping[str, Callable[[ClickHouseBrowser, Values, Any], object]] = {
    "cut": _cuts,
    "split": _cuts,
    "drilldown": _drills,
    "columns": _drills,
    "aggregates": _aggregates,
    "order": _order,
    "time": _modifiers,
    "compare": _comparisons,
}
