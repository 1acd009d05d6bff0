"""Takes the pictures of docs/screens: `python -m tests.web.pictures`, on the real flights of 2013.

With names, such as `people roles`, only those are taken anew.

The pictures are made from the running screens, so that they never show what is not there.
"""

import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import sync_playwright

from loaders.context import context_of
from loaders.sample import apply_everything, load_everything
from server.runtime import open_runtime
from server.settings import Settings
from tests.web.chromium import ARGUMENTS, CHROMIUM, Tab, serving, signed_in_context
from tests.web.people import ADMIN, Browser, settle_people
from web.app import create_app

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
WIDE, PHONE = (1440, 900), (390, 844)


@dataclass(frozen=True)
class Picture:
    """One picture: what is shown, and how."""

    name: str
    path: str
    size: tuple[int, int] = WIDE
    scheme: str = "light"
    language: str = "en"


PICTURES = (
    Picture("scorecard", "/scorecards/punctuality"),
    Picture("scorecard-dark-zh", "/scorecards/punctuality?lang=zh", scheme="dark", language="zh"),
    Picture("scorecard-phone", "/scorecards/punctuality?period=2013-07", PHONE),
    Picture("indicator", "/indicators/on_time_arrival"),
    Picture("facts", "/indicators/on_time_arrival/facts?cut=organisation:network,AA"),
    Picture("dictionary", "/indicators"),
    Picture("loads", "/loads"),
    Picture("withdraw", "/loads/4/change/withdraw"),
    Picture("people", "/people"),
    Picture("person", "/people/2"),
    Picture("roles", "/roles"),
    Picture("sign-in", "/sign-in", PHONE),
)


def take(app: Flask, names: Collection[str] = ()) -> None:
    """Take every picture anew, or those that are named."""
    FOLDER.mkdir(exist_ok=True)
    browser = Browser(app)
    browser.sign_in(ADMIN)
    session = browser.cookies()["sid"]
    with serving(app) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for picture in (one for one in PICTURES if not names or one.name in names):
            context = signed_in_context(
                chromium,
                address,
                "" if picture.path == "/sign-in" else session,
                viewport={"width": picture.size[0], "height": picture.size[1]},
                color_scheme=picture.scheme,
            )
            tab = Tab(context)
            tab.open(picture.path)
            tab.page.screenshot(path=FOLDER / f"{picture.name}.png")
            context.close()
        chromium.close()


@contextmanager
def sample_app() -> Iterator[Flask]:
    """The application over the sample, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as home:
        runtime = open_runtime(Settings.from_environment({"INDICUBE_HOME": home}))
        apply_everything(runtime, runtime.cubes.model, ADMIN)
        load_everything(context_of(runtime), ADMIN, None, lambda *_: None)
        settle_people(runtime)
        yield create_app(runtime)
        runtime.close()


if __name__ == "__main__":
    with sample_app() as sample:
        take(sample, sys.argv[1:])
