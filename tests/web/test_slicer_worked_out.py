"""Whoever may audit sees how a slice was worked out; nobody else does."""

from tests.web.people import Browser
from tests.web.screens import links, screen, texts

SLICE = "/slice/departures?rows=organisation:carrier&value=flights&cut=time:2013,4&totals=1"


def test_the_slice_leads_to_its_statements(admin: Browser) -> None:
    (way,) = links(screen(admin.get(SLICE)), "#workings a")
    page = screen(admin.get(way))

    statements = texts(page, "#workings pre")
    assert statements
    assert all("SELECT" in one for one in statements)
    assert "2013-10-01" in texts(page, "#workings dd")
    assert "everything may be seen" in texts(page, "#workings")[0]
    assert any("departures: parts" in one for one in texts(page, "#workings p"))


def test_who_may_not_audit_sees_no_way_there_and_is_refused(
    admin: Browser, analyst: Browser
) -> None:
    (way,) = links(screen(admin.get(SLICE)), "#workings a")

    assert links(screen(analyst.get(SLICE)), "#workings a") == []
    assert analyst.get(way).status_code == 403
