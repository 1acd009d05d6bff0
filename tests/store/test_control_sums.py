"""The control sums of two batches together are those of one batch with the rows of both."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from server.store.control_sums import ControlSums, added_sums, bitwise_columns
from tests.shop import SALES, TWO_SALES, sales


def sums_of(*chunks: Any) -> dict[str, str]:
    added = ControlSums(SALES)
    for chunk in chunks:
        added.add(chunk)
    return dict(added.sums)


def numbered(chunk: Any, *rows: int) -> Any:
    """The same rows with other numbers."""
    place = chunk.schema.get_field_index("_row")
    return chunk.set_column(place, "_row", pa.array(np.array(rows, dtype=np.uint64)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TWO_SALES, sales(3)),
        (TWO_SALES, numbered(sales(2), 2**40, 2**41 + 1)),  # squares beyond 2^64
        (numbered(sales(1), 2**63), numbered(sales(1), 2**63 + 5)),  # their sum, too
        (sales(1), sales(1)),  # the same bits twice are none
        (sales(0), TWO_SALES),
    ],
)
def test_two_batches_add_up_to_what_one_with_all_their_rows_holds(one: Any, other: Any) -> None:
    together = added_sums(sums_of(one), sums_of(other), bitwise_columns(SALES))

    assert together == sums_of(one, other)


def test_floats_alone_are_no_sums() -> None:
    assert bitwise_columns(SALES) == ("weight",)
