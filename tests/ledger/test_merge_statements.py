"""The statements that add upserts up are those that are kept, written to be read."""

from pathlib import Path

import pytest

from server.store.merging import expected_statement, found_statement, merge_statement
from tests.ledger.upserts import KEY, STOCK

SHAPES = Path(__file__).with_name("shapes")


@pytest.mark.parametrize("name", ["merge_batches", "merged_expected", "merged_found"])
def test_the_statements_are_those_that_are_kept(name: str) -> None:
    assert (SHAPES / f"{name}.sql").read_text(encoding="utf-8") == statements()[name]


def statements() -> dict[str, str]:
    """The text of every statement that is generated for a merge."""
    return {
        "merge_batches": merge_statement(STOCK, KEY),
        "merged_expected": expected_statement(STOCK, KEY, "day"),
        "merged_found": found_statement(STOCK, "day"),
    }


if __name__ == "__main__":
    for _name, _text in statements().items():
        (SHAPES / f"{_name}.sql").write_text(_text, encoding="utf-8")
