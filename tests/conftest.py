"""Fixtures that many rooms of the tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from loaders.context import context_of
from loaders.sample import apply_everything, load_everything
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.engine import fresh_database

pytest_plugins = ("tests.longest", "tests.truth.counted", "tests.web.compiled")

# A busy machine is no failure: examples may be slow to make, and no test has a deadline.
hypothesis_settings.register_profile(
    "usual", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
if hypothesis_settings.get_current_profile_name() == "default":
    hypothesis_settings.load_profile("usual")


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime with the real flights of 2013 loaded; whoever takes it only reads."""
    home = tmp_path_factory.mktemp("flights")
    settings = Settings.from_environment(
        {"INDICUBE_HOME": str(home), "INDICUBE_CLICKHOUSE": fresh_database()}
    )
    runtime = open_runtime(settings)
    apply_everything(runtime, runtime.cubes.model, "system")
    load_everything(context_of(runtime), "system", None, _untold)
    yield runtime
    runtime.close()


def _untold(_done: int, _expected: int | None) -> None:
    """Nobody waits for the progress of a fixture."""
