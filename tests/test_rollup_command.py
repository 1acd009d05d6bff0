"""`indicube rollup` as a user runs it, on a model that came to declare a roll-up after a load."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loaders.context import context_of
from loaders.load import run_load
from server.commands.doctor import examine
from server.commands.rollup import rollup
from server.metadata.query_log import LoggedQuery, log_queries
from server.runtime import open_runtime
from server.settings import Settings
from tests.engine import fresh_database

MODEL = Path(__file__).parent / "chaos" / "model"
SALES = "day,stall,pieces,amount\n" + "".join(
    f"2026-03-{day % 28 + 1:02},A1,1,2.50\n" for day in range(200)
)
ROLL_UP = {"name": "by_month", "keys": ["time:month"]}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables of a home that holds one load of two hundred sales; then the model changed."""
    models = tmp_path / "models"
    shutil.copytree(MODEL, models)
    variables = {
        "INDICUBE_HOME": str(tmp_path / "home"),
        "INDICUBE_MODELS": str(models),
        "INDICUBE_CLICKHOUSE": fresh_database(),
    }
    (tmp_path / "home").mkdir()
    runtime = open_runtime(Settings.from_environment(variables))
    path = tmp_path / "till.csv"
    path.write_text(SALES)
    run_load(context_of(runtime), "till", path)
    cube = next(iter(runtime.cubes.model.cubes.values()))
    with runtime.metadata.write() as session:
        log_queries(session, [_question(cube.name, cube.aggregates[0].name)])
    runtime.close()
    (file,) = models.glob("*/cubes.json")
    document = json.loads(file.read_text(encoding="utf-8"))
    document["cubes"][0]["rollups"] = [ROLL_UP]
    file.write_text(json.dumps(document), encoding="utf-8")
    return variables


def _question(cube: str, aggregate: str) -> LoggedQuery:
    return LoggedQuery(
        at=datetime.now(UTC),
        kind="aggregate",
        cube=cube,
        levels=("time:month",),
        cuts=("time:year",),
        aggregates=(aggregate,),
        served_by="facts",
        microseconds=1_500_000,
        rows_read=200,
        rows=1,
    )


def asked(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(rollup, list(arguments), env=environment)


def served_by(environment: dict[str, str]) -> str:
    runtime = open_runtime(Settings.from_environment(environment))
    cube = runtime.cubes.names()[0]
    answer = runtime.cubes.browser(cube, runtime.snapshot()).aggregate(drilldown="time:month")
    runtime.close()
    return str(answer.served_by)


def test_a_roll_up_is_built_verified_and_dropped(environment: dict[str, str]) -> None:
    assert "by_month is not built" in asked(environment, "list").output
    assert served_by(environment) == "facts"

    built = asked(environment, "build", "by_month")
    assert (built.exit_code, served_by(environment)) == (0, "by_month"), built.output
    assert "by_month serves questions" in asked(environment, "list").output

    verified = asked(environment, "verify", "--json")
    assert json.loads(verified.stdout)["is_well"]
    assert json.loads(verified.stdout)["roll_ups"][0]["rows"] == 1

    assert "dropped: by_month" in asked(environment, "drop", "by_month").output
    (listed,) = json.loads(asked(environment, "list", "--json").stdout)
    assert (listed["state"], listed["reason"]) == ("disabled", "it was dropped")
    assert served_by(environment) == "facts"


def test_the_doctor_names_a_roll_up_that_serves_nobody(environment: dict[str, str]) -> None:
    asked(environment, "build")
    asked(environment, "drop", "by_month")

    found = {each.about: each for each in examine(Settings.from_environment(environment))}

    assert not found["roll-ups"].is_well
    assert "by_month of takings (it was dropped)" in found["roll-ups"].sentence


def test_a_name_that_the_model_lacks_is_told(environment: dict[str, str]) -> None:
    refused = asked(environment, "build", "by_year")

    assert refused.exit_code != 0
    assert "no roll-up 'by_year'. It has: by_month" in refused.output


def test_advice_comes_from_the_questions_that_were_asked(environment: dict[str, str]) -> None:
    told = asked(environment, "advise", "--json")

    (found,) = json.loads(told.stdout)["advice"]
    assert (found["keys"], found["questions"], found["rows"], found["facts"]) == (
        ["time:month"],
        1,
        1,
        200,
    )
    assert found["pays"]
    assert '"keys": ["time:month"]' in asked(environment, "advise").output
