"""The application over real parts: metadata, store and the flights of 2013."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from loaders.context import context_of
from loaders.sample import apply_everything, load_everything
from server.metadata.session import open_metadata
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.engine import fresh_database
from tests.stores import place_metadata
from tests.web.chromium import ARGUMENTS, CHROMIUM, serving
from tests.web.people import ADMIN, ANALYST, Browser, Clock, settle_people
from web.app import create_app


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime with people and the real flights; tests only read it or write people's things."""
    home = tmp_path_factory.mktemp("web")
    settings = Settings.from_environment(
        {"INDICUBE_HOME": str(home), "INDICUBE_CLICKHOUSE": fresh_database()}
    )
    runtime = open_runtime(settings)
    apply_everything(runtime, runtime.cubes.model, ADMIN)
    load_everything(context_of(runtime), ADMIN, None, lambda *_: None)
    settle_people(runtime)
    _copy(settings.database, home / "untouched.db")
    yield runtime
    runtime.close()


@pytest.fixture(scope="session")
def app(loaded: Runtime) -> Flask:
    """The application over the loaded runtime."""
    return create_app(loaded)


@pytest.fixture(scope="session")
def admin(app: Flask) -> Browser:
    """An administrator's browser, signed in."""
    return _signed_in(app, ADMIN)


@pytest.fixture(scope="session")
def analyst(app: Flask) -> Browser:
    """The browser of an analyst who may see the network carriers alone."""
    return _signed_in(app, ANALYST)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """A real browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Where the application is served for it."""
    with serving(app) as found:
        yield found


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser that nobody has signed in."""
    return Browser(app)


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock()


@pytest.fixture
def fresh(loaded: Runtime, clock: Clock, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime with the same store, metadata of its own and a clock that stands still."""
    metadata = open_metadata(place_metadata(tmp_path))
    runtime = replace(loaded, metadata=metadata, clock=clock)
    settle_people(runtime)
    yield runtime
    metadata.close()


@pytest.fixture
def house(fresh: Runtime, tmp_path: Path) -> Runtime:
    """A fresh one with definitions, a folder for files, and nobody who makes them by himself."""
    apply_everything(fresh, fresh.cubes.model, ADMIN)
    settings = replace(fresh.settings, exports=tmp_path / "exports", redis="unix:///none.sock")
    return replace(fresh, settings=settings)


@pytest.fixture
def settled(loaded: Runtime, clock: Clock, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime with the facts, people and definitions, in a copy that a test may change.

    Whatever other tests did with the loaded runtime, nobody was seen in it and nothing exported.
    """
    path = tmp_path / "settled.db"
    shutil.copy(loaded.settings.home / "untouched.db", path)
    metadata = open_metadata(f"sqlite:///{path}")
    yield replace(loaded, metadata=metadata, clock=clock)
    metadata.close()


@pytest.fixture
def fresh_app(fresh: Runtime) -> Flask:
    """An application that nothing was done to."""
    return create_app(fresh)


@pytest.fixture
def browser(fresh_app: Flask) -> Browser:
    """A new browser on that application."""
    return Browser(fresh_app)


@pytest.fixture
def new_browser(fresh_app: Flask) -> Callable[[], Browser]:
    """Makes further browsers on that application."""
    return lambda: Browser(fresh_app)


def _signed_in(app: Flask, name: str) -> Browser:
    browser = Browser(app)
    answer = browser.sign_in(name)
    assert answer.status_code == 303, answer.text
    return browser


def _copy(database: str, to: Path) -> None:
    """The metadata of an SQLite address as they are now, in a file of their own."""
    source = sqlite3.connect(database.removeprefix("sqlite:///"))
    with closing(source), closing(sqlite3.connect(to)) as target:
        source.backup(target)
