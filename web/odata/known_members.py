"""The members of a dimension, all of them: for filters that must be judged member by member."""

from server.cube.browser import ClickHouseBrowser
from server.cube.elements import Dimension, Hierarchy
from server.cube.statement import Page
from server.errors import LimitReached
from web.odata.rows import Row

MOST_MEMBERS = 20_000


def all_members(
    browser: ClickHouseBrowser, dimension: Dimension, hierarchy: Hierarchy, depth: int
) -> list[Row]:
    """The members with facts that the asker may see, down to a depth."""
    page = Page(MOST_MEMBERS + 1)
    found = browser.members(None, dimension.name, depth=depth, hierarchy=hierarchy.name, page=page)
    if len(found) > MOST_MEMBERS:
        raise LimitReached(
            f"{dimension.name} has more than {MOST_MEMBERS:,} members; name the keys, or filter by "
            "a level above.",
            field="$filter",
        )
    return found
