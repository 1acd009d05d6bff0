"""The indicators that these tests speak of, written as an author writes them."""

import tomllib
from decimal import Decimal
from typing import Any

from server.indicators.definition import Indicator, indicator_from_mapping

ARRIVALS = """
name = { en = "Arrivals on time", zh = "准点到达率" }
meaning = { en = "Share of flights that arrived in time.", zh = "准点到达航班的比例。" }
cube = "departures"
formula = "on_time_arrivals / flights"
unit = "percent"
direction = "higher"
decimals = 1
frequency = "month"
owner = "Grace Miller"
department = { en = "Customer experience", zh = "客户体验部" }
target_basis = { en = "Level of an ordinary month.", zh = "常规月份水平。" }
target_rollup = "mean"

[curve]
kind = "two_anchor"
worst = "0.50"

[targets]
"2013-10" = "0.80"
"2013-11" = "82%"
"2013-12" = "0.75"

[organisation_targets."network,AA"]
"2013-12" = "0.85"
"""


def written(**changes: object) -> dict[str, Any]:
    """The written form of the arrivals indicator, with some fields changed; None removes one."""
    body: dict[str, Any] = tomllib.loads(ARRIVALS, parse_float=Decimal)
    body["code"] = "on_time_arrivals"
    for key, value in changes.items():
        if value is None:
            body.pop(key)
        else:
            body[key] = value
    return body


def indicator(**changes: object) -> Indicator:
    """The arrivals indicator, with some fields changed."""
    return indicator_from_mapping(written(**changes), "test [on_time_arrivals]")


def volume(**changes: object) -> Indicator:
    """An indicator whose months add up: flights, at least 100 of them in a month."""
    return indicator(
        **{
            "formula": "flights",
            "unit": "flights",
            "decimals": 0,
            "target_rollup": "sum",
            "curve": {"kind": "two_anchor", "worst": 50},
            "targets": {"2013-10": 100, "2013-11": 110, "2013-12": 120},
            "organisation_targets": {"network": {"2013-12": 70}},
            **changes,
        }
    )
