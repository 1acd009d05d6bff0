"""Everything that an insider can ask, and what is told of the answers."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask
from werkzeug.test import Client, TestResponse

from tests.web.routes import address, is_of_programs, rules
from tests.worlds.world import SLICE, Insider

CUBE = "/api/v1/cubes/departures"
_SLICER = "/slicer/cube/departures"
_FIELDS = "fields=carrier,flight,distance"
_DECEMBER = "period=2013-12"
# Beside each route as it stands: the parameters at which something could shine through.
MORE = (
    f"{CUBE}/aggregate?drilldown=organisation:carrier&totals=nested,whole",
    f"{CUBE}/aggregate?drilldown=origin&top=2:flights&marks=rank,share_of_total,running_total",
    f"{CUBE}/aggregate?drilldown=organisation:carrier&top=3:flights",
    f"{CUBE}/aggregate?drilldown=region:airport&page=1&pagesize=5&order=flights:desc",
    f"{CUBE}/aggregate?split=organisation:low_cost",
    f"{CUBE}/aggregate?cut=!organisation:network",
    f"{CUBE}/aggregate?cut=organisation:low_cost",
    f"{CUBE}/aggregate?cut=organisation:low_cost,B6&drilldown=origin",
    f"{CUBE}/aggregate?drilldown=time@ymd:date&time=ytd&compare=previous:change",
    f"{CUBE}/aggregate?drilldown=organisation:carrier&membership=as_is",
    f"{CUBE}/aggregate?drilldown=organisation:carrier&as_of=4",
    f"{CUBE}/aggregate?drilldown=organisation:carrier&format=csv",
    f"{CUBE}/aggregate?drilldown=organisation:carrier&format=arrow",
    f"{CUBE}/aggregate?drilldown=organisation:carrier&format=parquet",
    f"{CUBE}/aggregate?drilldown=organisation:carier",
    f"{CUBE}/cell?cut=organisation:low_cost,B6",
    f"{CUBE}/cell?cut=organisation:network,AA",
    f"{CUBE}/members/organisation?search=e",
    f"{CUBE}/members/organisation?search=Line",
    f"{CUBE}/members/organisation?level=carrier&format=csv",
    f"{CUBE}/members/region?page=0&pagesize=7",
    f"{CUBE}/members/aircraft?page=0&pagesize=20",
    f"{CUBE}/facts?cut=time:2013,4,12,5&{_FIELDS}&page=0&pagesize=9",
    f"{CUBE}/facts?cut=organisation:low_cost&{_FIELDS}&page=0&pagesize=9",
    f"{CUBE}/facts?{_FIELDS}&format=csv",
    f"{CUBE}/contribution?aggregate=flights&{_DECEMBER}&by=organisation:carrier",
    f"{CUBE}/contribution?aggregate=flights&{_DECEMBER}",
    f"/api/v1/indicators/on_time_arrival?{_DECEMBER}",
    f"/api/v1/indicators/on_time_arrival?{_DECEMBER}&cut=organisation:low_cost",
    f"/api/v1/indicators/on_time_arrival/contribution?{_DECEMBER}&by=organisation:carrier",
    f"/api/v1/indicators/on_time_arrival/series?{_DECEMBER}",
    f"/api/v1/scorecards/punctuality?{_DECEMBER}",
    "/api/v1/snapshots/diff?from=4&to=5",
    "/api/v1/cubes/weather/aggregate",
    f"{_SLICER}/aggregate?drilldown=organisation:carrier|origin",
    f"{_SLICER}/aggregate?cut=organisation:low_cost",
    f"{_SLICER}/aggregate?drilldown=origin&split=organisation:low_cost&format=csv",
    f"{_SLICER}/members/organisation?depth=2",
    f"{_SLICER}/facts?cut=time:2013,4,12,5&fields=organisation.carrier,distance",
    f"{_SLICER}/facts?format=csv&cut=organisation:low_cost",
    f"{_SLICER}/cell?cut=organisation:low_cost,B6",
    f"{_SLICER}/fact/6.1",
    f"{_SLICER}/fact/6.9999",
    "/odata/departures?$select=organisation_carrier,flights&$count=true",
    "/odata/departures?$filter=organisation_group eq 'low_cost'&$select=flights",
    "/odata/departures?$apply=groupby((origin_origin),aggregate(flights,miles))",
    "/odata/Members_departures_organisation?$count=true",
    "/odata/Facts_departures?$top=9&$count=true",
    "/odata/Facts_departures/$count",
    "/odata/IndicatorValues?$filter=period eq '2013-12'",
    f"/slice/departures?{SLICE}",
    "/slice/departures?rows=origin:origin&columns=time@ymd:month&value=flights:value,share&top=2:flights",
    "/slice/departures?rows=region:airport&value=indicator.on_time_arrival",
    f"/slice/departures/facts?cut=organisation:low_cost&{SLICE}",
    f"/scorecards/punctuality?{_DECEMBER}",
    f"/scorecards/punctuality?{_DECEMBER}&cut=organisation:low_cost",
    f"/indicators/on_time_arrival?{_DECEMBER}",
    f"/indicators/on_time_arrival/why?{_DECEMBER}",
    f"/indicators/on_time_arrival/facts?{_DECEMBER}",
    "/indicators/on_time_arrival/facts/6/2",
    "/indicators/on_time_arrival/facts/6/9999",
    "/find?q=Line",
    "/find?q=JetBlue",
    "/find?q=e",
    "/snapshots/4..5",
    "/snapshots",
    "/exports",
    "/dictionary",
)
QUESTIONS: tuple[tuple[str, Mapping[str, object]], ...] = (
    (
        "/api/v1/query",
        {"aggregates": ["departures.flights"], "drilldown": ["organisation:carrier"]},
    ),
    ("/api/v1/query", {"indicators": ["on_time_arrival"], "drilldown": ["organisation:group"]}),
    ("/api/v1/query", {"aggregates": ["departures.flights", "weather.observations"]}),
    (f"{CUBE}/aggregate", {"drilldown": ["organisation:carrier"], "totals": ["whole"]}),
    (f"{CUBE}/members/organisation", {"search": "e"}),
    (f"{CUBE}/facts", {"cut": ["organisation:low_cost"], "page": 0, "pagesize": 5}),
    (f"{CUBE}/cell", {"cut": ["organisation:low_cost;network"]}),
    (
        "/api/v1/slices",
        {"cube": "departures", "rows": ["organisation:carrier"], "value": ["flights"]},
    ),
    (f"{_SLICER}/report", {"queries": {"a": {"query": "aggregate"}, "f": {"query": "facts"}}}),
)
# What is another at each request, whoever asks.
_NOISE = tuple(
    re.compile(pattern)
    for pattern in (
        r"ic[bl]_[A-Za-z0-9_-]+",  # secrets of tokens and links
        r'(?<=name="csrf-token" content=")[^"]+',
        r'(?<=name="csrf_token" value=")[^"]+',
        r'(?<="X-CSRF-Token": ")[^"]+',
        r"\b[0-9a-f]{32}\b",  # what exports and jobs are called
        r'(?<="id":")[0-9a-f]{12}(?=")',  # of an error
        r'(?<="id": ")[0-9a-f]{12}(?=")',
        r"(?<=Number )[0-9a-f]{12}\b",
        r"\d+(\.\d+)? (ms|s|milliseconds|seconds)\b",
    )
)
# Whoever may load sees how many rows whole loads have, and their control sums (docs/rights.md).
_OF_LOADS = ("/loads", "/api/v1/loads", "/snapshots", "/api/v1/snapshots")
_UNTOLD = ("Date", "Expires", "Set-Cookie", "X-Request-Id", "Indicube-Request")


@dataclass(frozen=True)
class Asked:
    """One request, the same in every world."""

    method: str
    path: str
    credential: str  # session or token
    body: Mapping[str, object] | None = None


def asked_of(app: Flask) -> Iterator[Asked]:
    """Every address that can be read, as it stands and with more, by both credentials."""
    for rule in rules(app, "GET"):
        for credential in ("session", "token"):
            yield Asked("GET", address(rule), credential)
    for path in MORE:
        yield Asked("GET", path, "token" if is_of_programs(path) else "session")
    for path, body in QUESTIONS:
        yield Asked("POST", path, "token", body)


def changes_of(app: Flask) -> Iterator[Asked]:
    """Every form, sent with nothing in it but what its address says; leaving comes last."""
    found = [rule for rule in rules(app, "POST") if not is_of_programs(rule.rule)]
    for rule in sorted(found, key=lambda rule: "sign-out" in rule.rule):
        yield Asked("POST", address(rule), "session", {})


def is_of_loads(asked: Asked) -> bool:
    """Whether it is asked what whole loads are made of."""
    return asked.path.startswith(_OF_LOADS)


def told(app: Flask, insider: Insider, asked: Asked) -> str:
    """Whatever the answer says, without what is noise; rows in no order are told sorted."""
    answer = answered(app, insider.cookie, insider.token, asked, insider.csrf)
    head = sorted(f"{name}: {value}" for name, value in answer.headers if name not in _UNTOLD)
    body = answer.get_data()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.hex()
    if asked.path.startswith(f"{CUBE}/facts") and "format=csv" in asked.path:
        text = "\n".join(sorted(text.splitlines()))
    whole = "\n".join([answer.status, *head, text])
    for secret in (insider.token, insider.csrf, insider.cookie, *insider.links):
        whole = whole.replace(secret, "…")
    for noise in _NOISE:
        whole = noise.sub("…", whole)
    return whole


def answered(app: Flask, cookie: str, token: str, asked: Asked, csrf: str = "") -> TestResponse:
    """The answer to somebody with these credentials."""
    client = Client(app, TestResponse, use_cookies=False)
    headers = {"Origin": "http://localhost"}
    if asked.credential == "session":
        headers |= {"Cookie": f"sid={cookie}", "X-CSRF-Token": csrf}
    else:
        headers |= {"Authorization": f"Bearer {token}"}
    path = quote(asked.path, safe="/?&=:,;|!@$()'~*._-%+")
    if asked.method == "POST" and is_of_programs(asked.path):
        body = json.dumps(asked.body)
        return client.post(path, data=body, content_type="application/json", headers=headers)
    return client.open(path, method=asked.method, data=asked.body, headers=headers)
