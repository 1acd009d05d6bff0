"""Tables over ragged trees: members whose path ends early are rows, parents and others too."""

from fractions import Fraction

import pytest

from server.cube.cube_table import cube_table
from server.cube.elements import AS_IS, AS_WAS, Membership
from tests.cube.test_tree_laws import DEPTH, World, world

__all__ = ["world"]


@pytest.mark.parametrize("membership", [AS_WAS, AS_IS])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_top_others_totals_and_shares_of_a_tree(
    world: World, membership: Membership, depth: int
) -> None:
    whole = sum(each.amount for each in world.bookings)
    expected, above = world.sums(depth, membership), world.sums(depth - 1, membership)
    names = [f"{world.dimension}.level{number}" for number in range(1, depth + 1)]

    table = cube_table(
        world.firm.ask(membership), [], "amount", drilldown=f"{world.dimension}:level{depth}",
        top="5:amount", totals=["nested"], marks=["share", "rank"],
    )  # fmt: skip

    best = sorted(expected.values(), reverse=True)[:5]
    assert [row["amount"] for row in table.rows] == best
    for row in table.rows:
        path = tuple(row[name] for name in names)
        assert expected[path] == row["amount"]
        assert row["amount__share"] == Fraction(row["amount"], above[path[:-1]])
        assert row["amount__rank"] == 1 + sum(each > row["amount"] for each in expected.values())
    assert table.others == ({"amount": whole - sum(best)},)
    assert [len(total.rows) for total in table.totals] == [
        *(len(world.sums(each, membership)) for each in range(depth - 1, 0, -1)), 1,
    ]  # fmt: skip
    assert table.totals[-1].rows[0] == {"amount": whole}
    assert depth <= DEPTH[world.dimension]
