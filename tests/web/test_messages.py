"""Messages of exports in a real browser: one line on a phone, heard once, gone by themselves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium

from server.exports.job import make_export
from server.metadata.exports import list_exports, untold_exports
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.web.chromium import CHROMIUM, Tab, serving, signed_in_context
from tests.web.people import ADMIN, Browser
from web.app import create_app

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")

CARD = {"kind": "scorecard", "name": "punctuality", "format": "csv"}
_SEEN = "[...document.querySelectorAll('#toasts > *')].filter(one => one.offsetHeight).length"
_HEARD = "document.getElementById('announcement').textContent"


@pytest.fixture
def asker(house: Runtime) -> Browser:
    """Whoever asks, before a screen is open."""
    browser = Browser(create_app(house))
    browser.sign_in(ADMIN)
    return browser


@pytest.fixture
def phone(house: Runtime, asker: Browser, chromium: Chromium) -> Iterator[Tab]:
    """The same person's phone, whose clock can be moved."""
    with serving(create_app(house)) as address:
        size = {"width": 390, "height": 844}
        context = signed_in_context(chromium, address, asker.cookies()["sid"], viewport=size)
        tab = Tab(context)
        tab.page.clock.install()
        yield tab
        context.close()


def _ask(house: Runtime, asker: Browser) -> str:
    """The export that is asked for, which is the only one that waits."""
    assert asker.post("/exports", **CARD).status_code == 303
    with house.metadata.read() as reading:
        (waiting,) = list_exports(reading, state="queued")
    return waiting.id


def test_several_exports_are_one_line_on_a_phone_and_close_when_they_are_ready(
    house: Runtime, asker: Browser, phone: Tab
) -> None:
    for _ in range(2):
        make_export(house, _ask(house, asker))
    last = _ask(house, asker)
    phone.open("/account")

    line = " ".join(phone.page.inner_text("#toasts").split())
    assert [one in line for one in ("3 exports", "2 ready", "1 waiting")] == [True] * 3
    assert phone.page.evaluate(_SEEN) == 1
    assert phone.page.evaluate(
        "document.getElementById('toasts').getBoundingClientRect().bottom"
        " <= document.querySelector('.nav').getBoundingClientRect().top + 1"
    )
    assert phone.page.evaluate(_HEARD) == ""  # it is read with the page
    assert phone.axe() == []

    make_export(house, last)
    phone.until("document.getElementById('toasts').textContent.includes('3 ready')", 60)
    heard = phone.page.evaluate(_HEARD)
    assert (heard.count("CSV: ready"), heard.count("waiting")) == (1, 0)

    phone.page.clock.fast_forward(30_000)
    phone.until("document.querySelector('.toast') === null", 60)
    with house.metadata.read() as reading:
        assert untold_exports(reading, named_user(reading, ADMIN).id) == ()
    assert phone.all_complaints() == []


def test_one_export_is_one_message_whose_file_can_be_taken_and_put_away(
    house: Runtime, asker: Browser, phone: Tab
) -> None:
    make_export(house, _ask(house, asker))
    phone.open("/account")

    assert phone.page.evaluate(_SEEN) == 1
    assert phone.page.is_visible("#toasts a[download]")
    phone.page.click("#toasts button[aria-label]")
    phone.until("document.querySelector('.toast') === null", 60)
    assert phone.all_complaints() == []
