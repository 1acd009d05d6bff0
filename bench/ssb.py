"""Order lines in the shape of the Star Schema Benchmark, flat, made by one SELECT a load.

Every value is a hash of the seed and the line's number: the same seed and number of rows give the
same lines on every machine. Sizes of the domains are those of the benchmark: 5 regions, 25 nations
and 250 cities on either side, 5 manufacturers, 25 categories, 1,000 brands, dates of seven years.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from server.periods import Period

YEARS = tuple(Period("year", year, 1) for year in range(1992, 1999))
MONTHS = tuple(month for year in YEARS for month in year.months())
SMALL_LOADS = 5_000  # nearly two a day

# The place of a nation decides its region: five nations each, in this order.
REGIONS = ("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST")
NATIONS = (
    *("ALGERIA", "ETHIOPIA", "KENYA", "MOROCCO", "MOZAMBIQUE"),
    *("ARGENTINA", "BRAZIL", "CANADA", "PERU", "UNITED STATES"),
    *("CHINA", "INDIA", "INDONESIA", "JAPAN", "VIETNAM"),
    *("FRANCE", "GERMANY", "ROMANIA", "RUSSIA", "UNITED KINGDOM"),
    *("EGYPT", "IRAN", "IRAQ", "JORDAN", "SAUDI ARABIA"),
)

_LINES = """
WITH
    {regions:Array(String)} AS regions,
    {nations:Array(String)} AS nations,
    number AS line,
    intDiv(number, 4) AS order_index,
    sipHash64({seed:UInt64}, order_index, 'customer') % 250 AS customer,
    sipHash64({seed:UInt64}, line, 'supplier') % 250 AS supplier,
    sipHash64({seed:UInt64}, line, 'part') % 1000 AS part,
    1 + sipHash64({seed:UInt64}, line, 'quantity') % 50 AS lo_quantity,
    sipHash64({seed:UInt64}, line, 'discount') % 11 AS lo_discount,
    90000 + sipHash64({seed:UInt64}, line, 'price') % 119901 AS price
SELECT
    line + 2 AS _row,
    toDate({first:String}) + sipHash64({seed:UInt64}, order_index, 'day') % {days:UInt16} AS day,
    order_index + 1 AS order_number,
    line % 4 + 1 AS line_number,
    regions[intDiv(customer, 50) + 1] AS customer_region,
    nations[intDiv(customer, 10) + 1] AS customer_nation,
    concat(rightPad(left(customer_nation, 9), 9, '_'), toString(customer % 10)) AS customer_city,
    regions[intDiv(supplier, 50) + 1] AS supplier_region,
    nations[intDiv(supplier, 10) + 1] AS supplier_nation,
    concat(rightPad(left(supplier_nation, 9), 9, '_'), toString(supplier % 10)) AS supplier_city,
    concat('MFGR#', toString(intDiv(part, 200) + 1)) AS part_manufacturer,
    concat(part_manufacturer, toString(intDiv(part, 40) % 5 + 1)) AS part_category,
    concat(part_category, leftPad(toString(part % 40 + 1), 2, '0')) AS part_brand,
    lo_quantity AS quantity,
    lo_discount AS discount,
    lo_quantity * price AS extended_price,
    intDiv(extended_price * (100 - lo_discount), 100) AS revenue,
    intDiv(price * 6, 10) AS supply_cost
FROM numbers({start:UInt64}, {count:UInt64})
"""


@dataclass(frozen=True)
class Source:
    """The lines of one period as they can be asked for."""

    period: Period
    start: int
    count: int
    seed: int

    @property
    def parameters(self) -> dict[str, object]:
        """What the SELECT is given."""
        return {
            "regions": list(REGIONS),
            "nations": list(NATIONS),
            "first": self.period.first_day.isoformat(),
            "days": self.period.days,
            "start": self.start,
            "count": self.count,
            "seed": self.seed,
        }


def sources(rows: int, periods: tuple[Period, ...] = MONTHS, seed: int = 1) -> Iterator[Source]:
    """The sources of so many lines; every period has its share, to the line."""
    for index, period in enumerate(periods):
        start, end = (rows * part // len(periods) for part in (index, index + 1))
        yield Source(period, start, end - start, seed)


def days(count: int = SMALL_LOADS) -> tuple[Period, ...]:
    """So many days, in order and spread over all years; some of them come twice."""
    first = YEARS[0].first_day
    in_all = sum(year.days for year in YEARS)
    return tuple(
        Period.containing(first + timedelta(days=number * in_all // count), "day")
        for number in range(count)
    )


def statement(source: Source) -> tuple[str, dict[str, object]]:
    """The SELECT of a source's lines, with its parameters."""
    return _LINES, source.parameters
