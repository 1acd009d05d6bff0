"""Random measures: a column, a product with numbers of a member, or whether a member is known."""

import random

from tests.truth.parts import Document, Measure, labelled


def measures_of(
    chance: random.Random, columns: dict[str, str], tables: list[str]
) -> tuple[Measure, ...]:
    """A measure for every number, and some that are made of several."""
    single = [_column(name, columns[name]) for name in ("pieces", "amount", "ticket", "weight")]
    flags = [_column(name, columns[name]) for name in ("paid", "late")]
    return *single, *flags, *_products(chance, columns, tables), *_known(tables)


def fits_amounts(columns: dict[str, str]) -> bool:
    """Whether pieces times amounts have few enough digits for a model to allow them."""
    return columns["pieces"] != "Nullable(Int64)"


def _column(name: str, column_type: str) -> Measure:
    kind = _kind(column_type)
    others: Document = {"approximate": True} if kind == "float" else {}
    return Measure(labelled(name, type=kind, unit="", **others), f'"{name}"', kind == "float")


def _products(chance: random.Random, columns: dict[str, str], tables: list[str]) -> list[Measure]:
    shop = chance.choice(tables)
    products: list[tuple[str, tuple[str, ...], str]] = [
        ("sized", ("pieces", f"{shop}.size", "paid"), "integer"),
        ("rented", (f"{shop}.rent", f"{shop}.size", "late"), "decimal"),
    ]
    if fits_amounts(columns):
        products.append(("turnover", ("pieces", "amount"), "decimal"))
    return [
        Measure(
            labelled(name, type=kind, unit="", factors=list(factors)),
            " * ".join(_factor(factor, columns) for factor in factors),
        )
        for name, factors, kind in products
    ]


def _factor(name: str, columns: dict[str, str]) -> str:
    """A number as the other engine takes it: wide enough, so that no product is cut off."""
    if "Decimal" in columns.get(name, "") or name.endswith(".rent"):
        return f'"{name}"'
    return f'"{name}"::HUGEINT' if name.endswith("pieces") else f'"{name}"'


def _known(tables: list[str]) -> list[Measure]:
    return [
        Measure(
            labelled(f"known_{each}", type="integer", unit="", known=each),
            f'"{each} is known"::INT',
        )
        for each in tables
    ]


def _kind(column_type: str) -> str:
    if "Decimal" in column_type:
        return "decimal"
    return "float" if "Float" in column_type else "integer"
