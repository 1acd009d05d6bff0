"""Every route of the application, with an address that exists."""

from flask import Flask
from werkzeug.routing import Rule

from web.programs import DOORS

# What fills the variable parts of an address.
PARTS = {
    "code": "on_time_arrival",
    "number": "4",
    "first": "3",
    "last": "4",
    "token": "made-up",
    "batch": "7",
    "row": "83163",
    "name": "departures",
    "dimension": "organisation",
    "filename": "app.js",
    "specification": "weather",
    "key": "station-7",
    "role": "analyst",
}
# A part that nothing above fills: the address is of the right form, something may be there or not.
_ANY = "1"
_CARD = {**PARTS, "code": "punctuality"}


def rules(app: Flask, method: str | None = None) -> list[Rule]:
    """The routes, of one method when it is named."""
    found = [r for r in app.url_map.iter_rules() if method is None or method in (r.methods or ())]
    return sorted(found, key=lambda rule: rule.rule)


def is_of_programs(path: str) -> bool:
    """Whether an address is at a door of programs, which know no cookie."""
    return any(path.startswith(f"{door}/") or path == door for door in DOORS)


def address(rule: Rule) -> str:
    """An address of the route at which something is."""
    parts = _CARD if rule.rule.startswith("/scorecards") else PARTS
    filled = rule.rule
    for name in rule.arguments:
        for form in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
            filled = filled.replace(form, parts.get(name, _ANY))
    return filled
