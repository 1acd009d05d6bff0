"""The heads of files say how much has arrived, and of what part changes are."""

import pytest

from server.arrivals.coverage import Coverage
from server.exports.arrived import arrived_facts, basis_text
from server.scorecards.comparing import Basis

SHOPS = frozenset({"A", "B", "C"})


def test_a_file_names_those_who_have_not_sent() -> None:
    found = Coverage(arrived=2, expected=3, due=1, units=SHOPS, whole=SHOPS - {"B"}, some=SHOPS)

    assert arrived_facts(found, "en") == (("Arrived", "2 of 3; missing: B"),)
    assert arrived_facts(found, "zh") == (("已到数据", "3 份中的 2 份；缺：B"),)


def test_a_file_says_so_where_all_has_arrived_and_nothing_where_nothing_is_promised() -> None:
    whole = frozenset({""})
    found = Coverage(arrived=12, expected=12, due=0, units=whole, whole=whole, some=whole)

    assert arrived_facts(found, "en") == (("Arrived", "12 of 12"),)
    assert arrived_facts(None, "en") == ()


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        (None, ""),
        (Basis("days", days=30), "the first 30 days of each"),
        (Basis("units", 7, 10), "the same 7 of 10 on both sides"),
        (Basis("like_for_like", 15, 16), "like for like: 15 of 16 are on both sides"),
    ],
)
def test_a_file_says_of_what_part_its_changes_are(basis: Basis | None, said: str) -> None:
    assert basis_text(basis, "en") == said
