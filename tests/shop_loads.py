"""Load specifications and source texts of the small shop."""

from collections.abc import Mapping

from loaders.specification import Specification, read_specification

SALES_TOML = """
name = "sales"
table = "sales"
event_date = "day"
labels = { en = "Sales", zh = "销售" }
ignored_columns = ["note"]

[source]
file = "sales.csv"

[format]
null = ["NA"]

[control]
error_limit_percent = 50

[[columns]]
from = "date"
name = "day"

[[columns]]
from = "store"

[[columns]]
from = "pieces"
least = 0

[[columns]]
from = "amount"

[[columns]]
from = "weight"

[[columns]]
from = "paid_at"
"""

STORES_TOML = """
name = "stores"
table = "stores"
mode = "complete"
labels = { en = "Stores", zh = "门店" }

[source]
file = "stores.csv"

[format]
null = ["NA"]

[control]
error_limit_percent = 50

[[columns]]
from = "store"

[[columns]]
from = "city"
"""

HEADER = "date,store,pieces,amount,weight,paid_at,note\n"


def sales_text(rows: int, first: int = 1, store: str = "Köln") -> str:
    """A file of sales; every one is of one piece and 1.25, on days of January 2026."""
    lines = (
        f"2026-01-{number % 28 + 1:02},{store},1,1.25,NA,2026-01-31T12:00:00Z,sale {number}\n"
        for number in range(first, first + rows)
    )
    return HEADER + "".join(lines)


def specifications() -> Mapping[str, Specification]:
    """Both specifications by name."""
    texts = {"sales": SALES_TOML, "stores": STORES_TOML}
    return {
        name: read_specification(text.encode(), "shop", f"shop/loads/{name}.toml")
        for name, text in texts.items()
    }
