"""Where people reach Indicube: the links that it hands out, and the host names that it answers."""

import re
from dataclasses import replace

import pytest

from server.errors import IndicubeError
from server.runtime import Runtime
from server.settings import Settings
from tests.web.people import ADMIN, Browser
from web.app import create_app

SITE = "https://indicube.example"


def _known_as(runtime: Runtime, public_url: str, host: str = "127.0.0.1") -> Runtime:
    return replace(runtime, settings=replace(runtime.settings, public_url=public_url, host=host))


@pytest.mark.parametrize(
    ("public_url", "listens", "asked", "status"),
    [
        ("", "127.0.0.1", "localhost:8080", 200),
        ("", "127.0.0.1", "evil.example", 400),
        (SITE, "127.0.0.1", "indicube.example", 200),
        (SITE, "127.0.0.1", "127.0.0.1:8080", 200),
        (SITE, "127.0.0.1", "evil.example", 400),
        (SITE, "10.0.0.5", "indicube.example:8443", 200),
        (SITE, "10.0.0.5", "evil.example", 400),
        ("", "10.0.0.5", "any.example", 200),
    ],
)
def test_only_known_host_names_are_answered(
    fresh: Runtime, public_url: str, listens: str, asked: str, status: int
) -> None:
    client = create_app(_known_as(fresh, public_url, listens)).test_client()

    assert client.get("/sign-in", headers={"Host": asked}).status_code == status


@pytest.mark.parametrize(
    ("public_url", "begins"), [("", "http://localhost/wall/"), (SITE, f"{SITE}/wall/")]
)
def test_the_address_of_a_wall_screen_is_where_people_reach_it(
    fresh: Runtime, public_url: str, begins: str
) -> None:
    browser = Browser(create_app(_known_as(fresh, public_url)))
    browser.sign_in(ADMIN)
    browser.post("/dashboards", name="Lobby")
    page = browser.post("/dashboards/1/displays", version="1").text
    found = re.search(r"<code>([^<]+/wall/[^<]+)</code>", page)

    assert found is not None, page[:500]
    assert found[1].startswith(begins)


@pytest.mark.parametrize(
    "value",
    ["indicube.example", "ftp://x", "https://", "https://x/path", "https://a@x", "https://x?y"],
)
def test_anything_but_scheme_and_host_stops_the_start(value: str) -> None:
    with pytest.raises(IndicubeError, match="INDICUBE_PUBLIC_URL"):
        Settings.from_environment({"INDICUBE_PUBLIC_URL": value})


def test_a_slash_at_the_end_is_no_path() -> None:
    assert Settings.from_environment({"INDICUBE_PUBLIC_URL": f"{SITE}/"}).public_url == SITE
