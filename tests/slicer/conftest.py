"""The harbour, imported as its people would, behind the application."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from loaders.importing.job import FUNCTION, import_of_job
from server.metadata.jobs import create_job
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime, open_runtime
from tests.slicer.harbour import write_harbour
from tests.stores import settings_for
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER, settle_people
from web.app import create_app

Ask = Callable[..., TestResponse]


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime that serves the harbour beside a pack without facts."""
    home = tmp_path_factory.mktemp("harbour")
    runtime = open_runtime(settings_for(home, INDICUBE_API_REQUESTS_PER_MINUTE="1000000"))
    model = write_harbour(home / "model")
    arguments = {"model": str(model), "data": str(model.parent), "rename": {}, "replace": False}
    with runtime.metadata.write() as writing:
        job = create_job(writing, FUNCTION, arguments, ADMIN, runtime.clock())
    import_of_job(runtime, job, lambda *_: None)
    settle_people(runtime)
    yield runtime
    runtime.close()


@pytest.fixture(scope="session")
def tokens(harbour: Runtime) -> dict[str, str]:
    """A token of everyone."""
    people = (ADMIN, ANALYST, VIEWER, OPS)
    with harbour.metadata.write() as writing:
        return {
            name: create_token(writing, named_user(writing, name), "test", harbour.clock())
            for name in people
        }


@pytest.fixture(scope="session")
def app(harbour: Runtime) -> Flask:
    """The application, which lets pages of any site ask."""
    return create_app(with_settings(harbour, slicer_cors=("*",)))


@pytest.fixture(scope="session")
def ask(app: Flask, tokens: dict[str, str]) -> Ask:
    """Asks for an address below /slicer with somebody's token, or sends JSON to it."""

    def asked(path: str, name: str = ADMIN, json: Any = None, **headers: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {tokens[name]}", **headers}
        client, address = app.test_client(), f"/slicer{path}"
        if json is None:
            return client.get(address, headers=headers)
        return client.post(address, json=json, headers=headers)

    return asked


@pytest.fixture(scope="session")
def cube(ask: Ask) -> Callable[[str], Any]:
    """The JSON that the cube of landings answers."""

    def answered(path: str) -> Any:
        answer = ask(f"/cube/landings/{path}")
        assert answer.status_code == 200, (path, answer.text)
        assert answer.content_type == "application/json"
        return answer.get_json()

    return answered


def with_settings(runtime: Runtime, **values: Any) -> Runtime:
    """The same runtime with other settings."""
    return replace(runtime, settings=replace(runtime.settings, **values))
