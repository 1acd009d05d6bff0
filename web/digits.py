"""Values as JSON writes them, number by number: decimals digit by digit, quotients as floats."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction


def json_value(value: object, *, is_quoted: bool = False) -> str:
    """One value; with `is_quoted` whole numbers and decimals as texts, as some readers ask."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | Decimal):
        text = number_text(value)
        return f'"{text}"' if is_quoted else text
    if isinstance(value, Fraction | float):
        return number_text(value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return json.dumps(text, ensure_ascii=False)


def number_text(value: float | Decimal | Fraction) -> str:
    """The digits of a number."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return repr(float(value)) if isinstance(value, Fraction) else repr(value)
