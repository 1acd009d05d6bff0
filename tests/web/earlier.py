"""A house with two states, each seen through every route, and what each route shows of figures.

A route that is in none of the two lists is one with figures: it must show any earlier state.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from lxml import html
from lxml.html import HtmlElement
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from server.metadata.definitions import apply_definitions, current_definitions
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.few_flights import few_flights, load_departures, rows_of
from tests.web.people import ADMIN, Browser, settle_people
from tests.web.routes import is_of_programs, rules
from tests.web.screens import found_in, words
from web.app import create_app

# Screens that show no figure of any indicator or cube, but lead to such screens.
WITHOUT_FIGURES = {
    "/account",
    "/account/links",
    "/dashboards",
    "/exports",
    "/find",
    "/loads",
    "/people",
    "/roles",
    "/snapshots",
}
# What names its own two states, what is no screen, what tells how long it took, and what was made
# before anybody looks.
NOT_ASKED = {
    "/exports/<export>/file",
    "/exports/toasts",
    "/healthz",
    "/loads/<int:number>",
    "/loads/<int:number>/change/<change>",
    "/loads/<int:number>/moved",
    "/loads/<int:number>/quarantine.csv",
    "/people/<int:number>",
    "/people/<int:number>/rules/new",
    "/readyz",
    "/reference",
    "/reference/openapi.json",
    "/roles/<role>",
    "/roles/<role>/rules/new",
    "/sign-in",
    "/sign-in/<token>",
    "/slice/<name>/worked-out",
    "/snapshots/<int:first>..<int:last>",
    "/snapshots/between",
    "/static/<path:filename>",
}
# Of programs: the model, the lists of loads, exports and snapshots, and the document itself.
NO_FIGURES_OF_API = {
    "/api/v1/cubes",
    "/api/v1/cubes/<name>",
    "/api/v1/exports",
    "/api/v1/exports/<code>",
    "/api/v1/exports/<code>/file",
    "/api/v1/loads",
    "/api/v1/loads/<int:number>",
    "/api/v1/loads/<specification>",
    "/api/v1/loads/<specification>/pushes/<key>",
    "/api/v1/openapi.json",
    "/api/v1/snapshots",
    "/api/v1/snapshots/diff",
    "/links/<token>/<name>.csv",
    "/links/<token>/<name>.json",
    "/odata",
    "/odata/",
    "/odata/$metadata",
    "/odata/<name>/$count",
    "/odata/IndicatorValues/$count",
    "/odata/Indicators/$count",
    "/slicer",
    "/slicer/",
    "/slicer/cube/<name>/model",
    "/slicer/cubes",
    "/slicer/info",
    "/slicer/logout",
    "/slicer/version",
}
_SLICE = "rows=origin:origin&value=flights&value=indicator.on_time_arrival&totals=1"
_QUERIES = {
    "/slice/<name>": _SLICE,
    "/slice/<name>/cut/<dimension>": _SLICE,
    "/slice/<name>/facts": "cut=origin:JFK",
    "/dashboards/<int:number>/wall": "",
    "/dashboards/<int:number>": "",
    "/wall/<token>": "",
    "/indicators": "",
    "/api/v1/cubes/<name>/aggregate": "drilldown=origin:origin",
    "/api/v1/cubes/<name>/cell": "cut=origin:JFK",
    "/api/v1/cubes/<name>/contribution": "aggregate=flights&period=2013-01",
    "/api/v1/cubes/<name>/facts": "page=0&pagesize=5",
    "/api/v1/cubes/<name>/members/<dimension>": "",
    "/api/v1/indicators": "",
    "/api/v1/scorecards": "",
    "/odata/<name>": "$select=origin_origin,flights",
    "/odata/<name>(<path:key>)": "",
    "/odata/IndicatorValues": "$filter=period eq '2013-01'",
    "/odata/IndicatorValues(<path:key>)": "",
    "/odata/Indicators": "",
    "/odata/Indicators(<path:key>)": "",
    "/slicer/cube/<name>/aggregate": "drilldown=origin:origin",
    "/slicer/cube/<name>/cell": "cut=origin:JFK;EWR",
    "/slicer/cube/<name>/facts": "cut=origin:JFK",
}
_KEYS = {
    "/odata/<name>(<path:key>)": "'origin@default:JFK'",
    "/odata/IndicatorValues(<path:key>)": (
        "indicator='on_time_arrival',period='2013-01',organisation=''"
    ),
    "/odata/Indicators(<path:key>)": "'on_time_arrival'",
}
CLOCKS = "as_of=4&as_of_model=then"


@dataclass
class Earlier:
    """The house in its later state, and every address with the answer of the earlier one."""

    runtime: Runtime
    app: Flask
    browser: Browser
    token: str
    batch: int
    wall: str
    screens: dict[str, str]  # address of a screen with figures -> its words in the earlier state
    answers: dict[str, object]  # address of the API -> its JSON in the earlier state

    def ask(self, path: str, json: object = None) -> object:
        """What the API says."""
        headers = {"Authorization": f"Bearer {self.token}"}
        client = self.app.test_client()
        found = client.get(path, headers=headers)
        if json is not None:
            found = client.post(path, json=json, headers=headers)
        assert found.status_code == 200, (path, found.text[:300])
        return found.get_json()


@contextmanager
def two_states(home: Path) -> Iterator[Earlier]:
    """A day of January at publication 4; then other targets, and the day without 42 rows at 5."""
    with few_flights(home, INDICUBE_API_REQUESTS_PER_MINUTE="100000") as runtime:
        january = rows_of(1, 1)
        load_departures(runtime, "january.csv", january)
        settle_people(runtime)
        app = create_app(runtime)
        browser = Browser(app)
        browser.sign_in(ADMIN)
        house = Earlier(runtime, app, browser, _token(runtime), 0, "", {}, {})
        _pin(house)
        facts = browser.get("/indicators/on_time_arrival/facts?period=2013-01").text
        house.batch = int(facts.split("/indicators/on_time_arrival/facts/")[1].split("/")[0])
        house.screens = {one: shown(house, one) for one in _addresses(house)}
        house.answers = {one: house.ask(one) for one in _addresses(house, of_programs=True)}
        _define_anew(runtime)
        load_departures(runtime, "january again.csv", january[:-42])
        yield house


def shown(house: Earlier, address: str) -> str:
    """The words of a screen about its figures: without the banner, the picker and the clock."""
    answer = house.browser.get(address)
    while answer.status_code == 302:
        answer = house.browser.get(answer.location)
    assert answer.status_code == 200, (address, answer.text[:400])
    page = _page(answer.text)
    (content,) = found_in(page, ".content") or found_in(page, "#wall")
    kept = deepcopy(content)
    for name in (".known-banner", ".known", ".wall-head", ".export-menu", ".pin"):
        for one in found_in(kept, name):
            one.drop_tree()
    drawn = [one.get("data-chart") for one in found_in(kept, ".chart")]
    return words(kept) + "".join(filter(None, drawn))


def with_clocks(address: str, clocks: str = CLOCKS) -> str:
    """The address at an earlier moment."""
    return f"{address}{'&' if '?' in address else '?'}{clocks}"


def has_figures(app: Flask, link: str) -> bool:
    """Whether a link leads to a screen of ours with figures."""
    parts = urlsplit(link)
    if parts.netloc or not parts.path.startswith("/"):
        return False
    try:
        rule, _ = app.url_map.bind("localhost").match(parts.path, method="GET", return_rule=True)
    except HTTPException:
        return False
    return rule.rule not in WITHOUT_FIGURES | NOT_ASKED and not is_of_programs(rule.rule)


def _page(text: str) -> HtmlElement:

    return html.fromstring(text)


def _addresses(house: Earlier, *, of_programs: bool = False) -> list[str]:
    left_out = NO_FIGURES_OF_API if of_programs else WITHOUT_FIGURES | NOT_ASKED
    return [
        _address(house, rule)
        for rule in rules(house.app, "GET")
        if is_of_programs(rule.rule) == of_programs and rule.rule not in left_out
    ]


def _address(house: Earlier, rule: Rule) -> str:
    parts = {
        "code": "punctuality" if "/scorecards" in rule.rule else "on_time_arrival",
        "number": "1",
        "name": "departures",
        "dimension": "origin",
        "batch": str(house.batch),
        "row": "2",
        "token": house.wall,
        "key": _KEYS.get(rule.rule, f"{house.batch}.2"),
    }
    filled = rule.rule
    for name in rule.arguments:
        for form in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
            filled = filled.replace(form, parts[name])
    query = _QUERIES.get(rule.rule, "period=2013-01")
    return f"{filled}?{query}" if query else filled


def _pin(house: Earlier) -> None:
    """A dashboard with a tile of each kind, a view that is saved, and a wall."""
    tiles = (
        "figure|on_time_arrival",
        "trend|on_time_arrival",
        "table|on_time_arrival|organisation",
        "scorecard|punctuality",
    )
    browser, rest = house.browser, {"name": "Board", "period": "2013-01"}
    for what in tiles:
        assert browser.post("/dashboards/pin", what=what, **rest).status_code == 303
        rest = {"dashboard": "1", "period": "2013-01"}
    slice_ = {"what": "slice_table", "address": f"/slice/departures?{_SLICE}", "dashboard": "1"}
    assert browser.post("/dashboards/pin", **slice_).status_code == 303
    view = {"rows": "origin:origin", "value": "flights", "view": "By origin"}
    assert browser.post("/slice/departures/views", **view).status_code == 303
    edited = browser.get("/dashboards/1?edit=1").text
    version = edited.split('name="version" value="')[1].split('"')[0]
    opened = browser.post("/dashboards/1/displays", version=version).text
    house.wall = opened.split("/wall/")[1].split("?")[0].split("<")[0]


def _token(runtime: Runtime) -> str:
    with runtime.metadata.write() as writing:
        return create_token(writing, named_user(writing, ADMIN), "test", runtime.clock())


def _define_anew(runtime: Runtime) -> None:
    """Let the target of on-time arrival be 60 % in January, and call it by another name."""
    with runtime.metadata.write() as writing:
        body = deepcopy(dict(current_definitions(writing, "indicator")["on_time_arrival"].body))
        body["name"] = {"en": "Arrived as planned", "zh": "按计划到达"}
        body["targets"]["2013-01"] = "0.60"
        changed = apply_definitions(
            writing, "indicator", {"on_time_arrival": body}, ADMIN, "easier", runtime.clock()
        )
    assert changed == ("on_time_arrival",)
