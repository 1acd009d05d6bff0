"""The one-time link: how the first person gets in."""

from collections.abc import Callable

import pytest

from server.metadata.sign_in import new_sign_in_link
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.web.people import ADMIN, Browser, Clock


@pytest.fixture
def link(fresh: Runtime) -> str:
    with fresh.metadata.write() as writing:
        token = new_sign_in_link(writing, named_user(writing, ADMIN), fresh.clock())
    return f"/sign-in/{token}"


def test_opening_the_link_changes_nothing(browser: Browser, link: str) -> None:
    """Mail scanners open links; a link that was only looked at must still work."""
    for _ in range(3):
        assert browser.get(link).status_code == 200

    assert not browser.is_signed_in()
    assert browser.post(link).status_code == 303


def test_confirming_signs_in_once(
    browser: Browser, new_browser: Callable[[], Browser], link: str
) -> None:
    assert browser.post(link).location == "/"
    assert browser.is_signed_in()
    second = new_browser()

    answer = second.post(link)

    assert answer.status_code == 410
    assert "used already" in answer.text
    assert not second.is_signed_in()


def test_a_link_is_too_old_after_half_an_hour(browser: Browser, link: str, clock: Clock) -> None:
    clock.pass_by(minutes=30)

    assert browser.post(link).status_code == 410


def test_a_link_works_until_then(browser: Browser, link: str, clock: Clock) -> None:
    clock.pass_by(minutes=29, seconds=59)

    assert browser.post(link).status_code == 303


def test_the_password_given_with_the_link_is_kept(
    browser: Browser, new_browser: Callable[[], Browser], link: str
) -> None:
    browser.post(link, password="a brand new password")

    assert new_browser().sign_in(ADMIN, "a brand new password").status_code == 303


def test_too_short_a_password_leaves_the_link_unused(browser: Browser, link: str) -> None:
    answer = browser.post(link, password="elevenchars")

    assert answer.status_code == 422
    assert "12 to 128 characters" in answer.text
    assert browser.post(link, password="twelve chars").status_code == 303


def test_a_made_up_link_opens_nothing(browser: Browser) -> None:
    assert browser.post("/sign-in/made-up").status_code == 410
    assert not browser.is_signed_in()


def test_the_link_does_not_work_without_the_form_of_our_page(browser: Browser, link: str) -> None:
    assert browser.send(link, {}).status_code == 403
    assert browser.post(link).status_code == 303
