"""An independent cube in plain Python: the answers that the browser must give, worked out slowly.

It knows SQL's three truths (True, False, None for "cannot say") and nothing of SQL.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.cube.market import Sale, Shop

Truth = bool | None
Key = Any

LEVELS = {
    "time@ymd": ("time.year", "time.quarter", "time.month", "time.day"),
    "time@iso": ("time.iso_year", "time.week", "time.weekday"),
    "shop@default": ("shop.town", "shop.shop"),
    "article@default": ("article",),
    "pieces@default": ("pieces",),
    "price@default": ("price",),
    "delivered@default": ("delivered",),
}


@dataclass(frozen=True)
class OracleCut:
    """A cut as the oracle takes it: paths of values."""

    hierarchy: str  # dimension@hierarchy
    kind: str
    paths: tuple[tuple[Key, ...], ...]
    is_negated: bool = False

    @property
    def text(self) -> str:
        """The cut as a person writes it."""
        joiner = "-" if self.kind == "range" else ";"
        paths = joiner.join(",".join(_written(key) for key in path) for path in self.paths)
        return f"{'!' if self.is_negated else ''}{self.hierarchy}:{paths}"


class Oracle:
    """Facts and shops, and what is true of them."""

    def __init__(self, sales: Iterable[Sale], shops: Iterable[Shop]) -> None:
        self.sales = list(sales)
        self.shops = {(shop.load, shop.shop): shop for shop in shops}

    def key(self, sale: Sale, ref: str, version: int) -> Key:
        """The value of one output of a sale."""
        shop = self.shops.get((version, sale.shop or ""))
        iso = sale.day.isocalendar()
        values: dict[str, Callable[[], Key]] = {
            "time.year": lambda: sale.day.year,
            "time.quarter": lambda: (sale.day.month - 1) // 3 + 1,
            "time.month": lambda: sale.day.month,
            "time.day": lambda: sale.day.day,
            "time.date": lambda: sale.day,
            "time.iso_year": lambda: iso.year,
            "time.week": lambda: iso.week,
            "time.weekday": lambda: iso.weekday,
            "shop.town": lambda: (shop.town if shop else None) or "unknown",
            "shop.shop": lambda: sale.shop,
        }
        return values[ref]() if ref in values else getattr(sale, ref)

    def within(self, sale: Sale, cuts: Iterable[OracleCut], version: int) -> bool:
        """Whether every cut is True of a sale; None is not enough."""
        return all(self._truth(sale, cut, version) is True for cut in cuts)

    def _truth(self, sale: Sale, cut: OracleCut, version: int) -> Truth:
        keys = [self.key(sale, ref, version) for ref in LEVELS[cut.hierarchy]]
        if cut.kind == "range":
            low, high = cut.paths
            truth = _and([_at_least(keys, low), _at_most(keys, high)])
        else:
            truth = _or([_is(keys, path) for path in cut.paths])
        return _not(truth) if cut.is_negated else truth

    def figures(self, sales: Sequence[Sale], version: int) -> dict[str, Any]:
        """Every aggregate of the cube over some sales."""
        paid = [sale for sale in sales if sale.paid]
        pieces = [sale.pieces for sale in sales if sale.pieces is not None]
        prices = [sale.price for sale in sales if sale.price is not None]
        turnovers = [
            sale.pieces * sale.price
            for sale in sales
            if sale.pieces is not None and sale.price is not None
        ]
        paid_pieces = [sale.pieces for sale in paid if sale.pieces is not None]
        known = [sale for sale in sales if (version, sale.shop or "") in self.shops]
        floors = [
            floors * sale.pieces * sale.paid
            for sale in known
            if (floors := self.shops[version, sale.shop or ""].floors) is not None
            and sale.pieces is not None
        ]
        return {
            "sales": len(sales),
            "paid_sales": len(paid),
            "paid_sum": sum(sale.paid for sale in sales),
            "pieces_sum": sum(pieces),
            "paid_pieces": sum(paid_pieces),
            "pieces_min": min(pieces, default=None),
            "pieces_max": max(pieces, default=None),
            "paid_pieces_max": max(paid_pieces, default=None),
            "pieces_count": len(pieces),
            "price_sum": sum(prices, Decimal(0)),
            "price_min": min(prices, default=None),
            "turnover_sum": sum(turnovers, Decimal(0)),
            "turnover_max": max(turnovers, default=None),
            "serial_sum": sum(sale.serial for sale in sales),
            "weight_max": max((s.weight for s in sales if s.weight is not None), default=None),
            "floor_pieces_sum": sum(floors),
            "known_shop_sales": len(known),
            "shops": len({sale.shop for sale in sales if sale.shop is not None}),
            "shop_days": len({(s.shop, s.day) for s in paid if s.shop is not None}),
            "shop_sales": sum(sale.shop is not None for sale in paid),
            **self._derived(sales, version),
        }

    def _derived(self, sales: Sequence[Sale], version: int) -> dict[str, Any]:
        """The aggregates that are made of others, or of a part of the sales."""
        paid = [sale for sale in sales if sale.paid]
        apples = [sale for sale in sales if sale.article == "apple"]
        either = [sale for sale in sales if sale.article in ("apple", "苹果")]
        both = [(s.price, s.pieces) for s in sales if s.price is not None and s.pieces is not None]
        north = [
            sale
            for sale in paid
            if self.key(sale, "shop.town", version) == "north" and sale.article != "plum"
        ]
        return {
            "pieces_avg": mean([sale.pieces for sale in sales]),
            "price_avg": mean([sale.price for sale in sales]),
            "paid_price_avg": mean([sale.price for sale in paid]),
            "price_per_piece": over(
                sum((price * pieces for price, pieces in both), Decimal(0)),
                sum(pieces for _, pieces in both),
            ),
            "paid_share": over(len(paid), len(sales)),
            "pieces_median": middle([sale.pieces for sale in sales]),
            "price_median": middle([sale.price for sale in sales]),
            "weight_median": middle([sale.weight for sale in sales]),
            "pieces_p90": quantile([sale.pieces for sale in sales], Fraction(9, 10)),
            "paid_price_p25": quantile([sale.price for sale in paid], Fraction(1, 4)),
            "shops_about": len({sale.shop for sale in sales if sale.shop is not None}),
            "apple_pieces": sum(sale.pieces or 0 for sale in apples),
            "north_sales": len(north),
            "north_share": over(len(north), len(paid)),
            "apple_price_avg": mean([sale.price for sale in either]),
        }

    def groups(
        self, sales: Iterable[Sale], refs: Sequence[str], version: int
    ) -> dict[tuple[Key, ...], list[Sale]]:
        """The sales by the values of some outputs."""
        found: dict[tuple[Key, ...], list[Sale]] = {}
        for sale in sales:
            found.setdefault(tuple(self.key(sale, ref, version) for ref in refs), []).append(sale)
        return found


def over(top: int | Decimal, below: int | Decimal) -> Fraction | None:
    """The exact quotient; nothing over 0."""
    return Fraction(top) / Fraction(below) if below else None


def mean(values: Iterable[Any]) -> Fraction | None:
    """The exact mean of the values that are there."""
    present = [Fraction(value) for value in values if value is not None]
    return over(sum(present, Fraction(0)), len(present))  # type: ignore[arg-type]


def middle(values: Iterable[Any]) -> Any:
    """The mean of the two middle values, which are one where their number is odd."""
    present = sorted(value for value in values if value is not None)
    if not present:
        return None
    pair = present[(len(present) - 1) // 2], present[len(present) // 2]
    if isinstance(pair[0], float):
        return (pair[0] + pair[1]) / 2
    return (Fraction(pair[0]) + Fraction(pair[1])) / 2


def quantile(values: Iterable[Any], level: Fraction) -> Any:
    """The least value that at least this part of the values do not exceed."""
    present = sorted(value for value in values if value is not None)
    found = (v for n, v in enumerate(present, start=1) if Fraction(n, len(present)) >= level)
    return next(found, None)


def _written(key: Key) -> str:
    if key is None:
        return "__null__"
    text = key.isoformat() if isinstance(key, date) else str(key)
    return "".join(f"\\{letter}" if letter in "\\!|:;,-" else letter for letter in text)


def _is(keys: Sequence[Key], path: Sequence[Key]) -> Truth:
    return _and(
        [
            (key is None) if wanted is None else None if key is None else key == wanted
            for key, wanted in zip(keys, path, strict=False)
        ]
    )


def _at_least(keys: Sequence[Key], path: Sequence[Key]) -> Truth:
    return _beyond(keys, path, lambda key, end: key > end)


def _at_most(keys: Sequence[Key], path: Sequence[Key]) -> Truth:
    return _beyond(keys, path, lambda key, end: key < end)


def _beyond(keys: Sequence[Key], path: Sequence[Key], past: Callable[[Key, Key], bool]) -> Truth:
    if not path:
        return True
    key, end = keys[0], path[0]
    if key is None:
        return None
    if key != end:
        return past(key, end)
    return _beyond(keys[1:], path[1:], past) if len(path) > 1 else True


def _and(truths: list[Truth]) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def _or(truths: list[Truth]) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth
