"""The thirteen questions of the Star Schema Benchmark: for the cube, and written by hand.

The hand-written SQL is what somebody who knows the engine would write for the same table and the
same visible batches. Profit is asked of the cube as revenue and cost, which a formula subtracts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

VISIBLE = "_load <= {top:UInt32} AND _load NOT IN {hidden:Array(UInt32)}"
ALL = "true"

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Question:
    """One question in both languages."""

    name: str
    cuts: str
    drilldown: tuple[str, ...]
    aggregates: tuple[str, ...]
    keys: tuple[str, ...]  # SQL of what is grouped by
    figure: str  # SQL of the one figure
    where: str

    def sql(self, visible: str = VISIBLE) -> str:
        """The hand-written statement."""
        columns = ", ".join((*self.keys, self.figure))
        group = f" GROUP BY {', '.join(self.keys)}" if self.keys else ""
        order = f" ORDER BY {', '.join(self.keys)}" if self.keys else ""
        return f"SELECT {columns} FROM lineorder WHERE {visible} AND {self.where}{group}{order}"

    def rows_of(self, cells: Iterable[Mapping[str, Any]]) -> Rows:
        """The cube's answer as the statement gives it."""
        return [(*self._members(cell), self._figure(cell)) for cell in cells]

    def _members(self, cell: Mapping[str, Any]) -> Iterable[Any]:
        return (cell[_REFS.get(each, each)] for each in self.drilldown)

    def _figure(self, cell: Mapping[str, Any]) -> Any:
        first, *rest = (cell[name] for name in self.aggregates)
        return first - sum(rest)


_REFS = {"time:year": "time.year"}
_PRICE = ("discounted_total",), "sum(extended_price * discount)"
_REVENUE = ("revenue_total",), "sum(revenue)"
_PROFIT = ("revenue_total", "supply_cost_total"), "sum(revenue - supply_cost)"


def _question(
    name: str,
    cuts: str,
    by: tuple[str, ...],
    figure: tuple[tuple[str, ...], str],
    where: str,
) -> Question:
    keys = tuple("toYear(day)" if each == "time:year" else each for each in by)
    return Question(name, cuts, by, figure[0], keys, figure[1], where)


QUESTIONS = (
    _question(
        "Q1.1",
        "time:1993|discount:1-3|quantity:-24",
        (),
        _PRICE,
        "toYear(day) = 1993 AND discount BETWEEN 1 AND 3 AND quantity < 25",
    ),
    _question(
        "Q1.2",
        "time:1994,1,1|discount:4-6|quantity:26-35",
        (),
        _PRICE,
        "toYYYYMM(day) = 199401 AND discount BETWEEN 4 AND 6 AND quantity BETWEEN 26 AND 35",
    ),
    _question(
        "Q1.3",
        "time@iso:1994,6|discount:5-7|quantity:26-35",
        (),
        _PRICE,
        "toISOYear(day) = 1994 AND toISOWeek(day) = 6 AND discount BETWEEN 5 AND 7 "
        "AND quantity BETWEEN 26 AND 35",
    ),
    _question(
        "Q2.1",
        "part_category:MFGR#12|supplier_region:AMERICA",
        ("time:year", "part_brand"),
        _REVENUE,
        "part_category = 'MFGR#12' AND supplier_region = 'AMERICA'",
    ),
    _question(
        "Q2.2",
        "part_brand:MFGR#2221-MFGR#2228|supplier_region:ASIA",
        ("time:year", "part_brand"),
        _REVENUE,
        "part_brand BETWEEN 'MFGR#2221' AND 'MFGR#2228' AND supplier_region = 'ASIA'",
    ),
    _question(
        "Q2.3",
        "part_brand:MFGR#2239|supplier_region:EUROPE",
        ("time:year", "part_brand"),
        _REVENUE,
        "part_brand = 'MFGR#2239' AND supplier_region = 'EUROPE'",
    ),
    _question(
        "Q3.1",
        "customer_region:ASIA|supplier_region:ASIA|time:1992-1997",
        ("customer_nation", "supplier_nation", "time:year"),
        _REVENUE,
        "customer_region = 'ASIA' AND supplier_region = 'ASIA' "
        "AND toYear(day) BETWEEN 1992 AND 1997",
    ),
    _question(
        "Q3.2",
        "customer_nation:UNITED STATES|supplier_nation:UNITED STATES|time:1992-1997",
        ("customer_city", "supplier_city", "time:year"),
        _REVENUE,
        "customer_nation = 'UNITED STATES' AND supplier_nation = 'UNITED STATES' "
        "AND toYear(day) BETWEEN 1992 AND 1997",
    ),
    _question(
        "Q3.3",
        "customer_city:UNITED KI1;UNITED KI5|supplier_city:UNITED KI1;UNITED KI5|time:1992-1997",
        ("customer_city", "supplier_city", "time:year"),
        _REVENUE,
        "customer_city IN ('UNITED KI1', 'UNITED KI5') "
        "AND supplier_city IN ('UNITED KI1', 'UNITED KI5') AND toYear(day) BETWEEN 1992 AND 1997",
    ),
    _question(
        "Q3.4",
        "customer_city:UNITED KI1;UNITED KI5|supplier_city:UNITED KI1;UNITED KI5|time:1997,4,12",
        ("customer_city", "supplier_city", "time:year"),
        _REVENUE,
        "customer_city IN ('UNITED KI1', 'UNITED KI5') "
        "AND supplier_city IN ('UNITED KI1', 'UNITED KI5') AND toYYYYMM(day) = 199712",
    ),
    _question(
        "Q4.1",
        "customer_region:AMERICA|supplier_region:AMERICA|part_manufacturer:MFGR#1;MFGR#2",
        ("time:year", "customer_nation"),
        _PROFIT,
        "customer_region = 'AMERICA' AND supplier_region = 'AMERICA' "
        "AND part_manufacturer IN ('MFGR#1', 'MFGR#2')",
    ),
    _question(
        "Q4.2",
        "customer_region:AMERICA|supplier_region:AMERICA|part_manufacturer:MFGR#1;MFGR#2"
        "|time:1997;1998",
        ("time:year", "supplier_nation", "part_category"),
        _PROFIT,
        "customer_region = 'AMERICA' AND supplier_region = 'AMERICA' "
        "AND part_manufacturer IN ('MFGR#1', 'MFGR#2') AND toYear(day) IN (1997, 1998)",
    ),
    _question(
        "Q4.3",
        "supplier_nation:UNITED STATES|part_category:MFGR#14|time:1997;1998",
        ("time:year", "supplier_city", "part_brand"),
        _PROFIT,
        "supplier_nation = 'UNITED STATES' AND part_category = 'MFGR#14' "
        "AND toYear(day) IN (1997, 1998)",
    ),
)
