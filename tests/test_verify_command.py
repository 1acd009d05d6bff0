"""`indicube verify` as a user runs it, and the scheduler that has it run."""

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loaders.context import context_of
from loaders.load import run_load
from server.commands.verify import verify
from server.ledger.night import VERIFICATION, ask_verification, verify_nightly
from server.metadata.jobs import Job, claim_job, list_jobs
from server.queue import run_here
from server.runtime import Runtime, open_runtime
from server.scheduler import keep_ledger, look_at_facts
from server.settings import Settings
from tests.engine import fresh_database

MODEL = Path(__file__).parent / "chaos" / "model"
SALES = "day,stall,pieces,amount\n" + "".join(f"2026-03-0{day},A1,1,2.50\n" for day in range(1, 8))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables of a home that holds one load of seven sales."""
    variables = {
        "INDICUBE_HOME": str(tmp_path / "home"),
        "INDICUBE_MODELS": str(MODEL),
        "INDICUBE_CLICKHOUSE": fresh_database(),
    }
    (tmp_path / "home").mkdir()
    runtime = open_runtime(Settings.from_environment(variables))
    path = tmp_path / "till.csv"
    path.write_text(SALES)
    run_load(context_of(runtime), "till", path)
    runtime.close()
    return variables


@pytest.fixture
def runtime(environment: dict[str, str]) -> Iterator[Runtime]:
    """The same home, open."""
    opened = open_runtime(Settings.from_environment(environment))
    yield opened
    opened.close()


def asked(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(verify, list(arguments), env=environment)


def damage(environment: dict[str, str]) -> None:
    runtime = open_runtime(Settings.from_environment(environment))
    with runtime.store.writer() as writer:
        writer.run("ALTER TABLE takings DELETE WHERE _row < 4 SETTINGS mutations_sync = 2")
    runtime.close()


def jobs(runtime: Runtime) -> tuple[Job, ...]:
    with runtime.metadata.read() as session:
        return list_jobs(session, function=VERIFICATION)


def test_a_house_in_order_is_said_to_be_so(environment: dict[str, str]) -> None:
    ended = asked(environment)

    assert (ended.exit_code, ended.stdout) == (0, "1 batch of 1 load: all as the ledger says.\n")


def test_looking_changes_nothing_and_verifying_heals(environment: dict[str, str]) -> None:
    damage(environment)

    looked = asked(environment, "--look", "--deep")
    healed = asked(environment, "--json")
    after = asked(environment, "--deep")

    sentence = "takings holds 5 of the 7 rows of batch 1 of load 1"
    assert looked.exit_code == 1
    assert looked.stdout.splitlines() == [
        sentence,
        # By the start of the command itself, before anything is looked at.
        "takings is closed: it gives no figures until a verification finds its rows whole again.",
        "1 batch of 1 load: 1 finding, 0 healed.",
    ]
    assert healed.exit_code == 0
    told = json.loads(healed.stdout)
    assert told["is_well"] is True
    assert [finding["sentence"] for finding in told["findings"]] == [f"{sentence}; healed"]
    assert (after.exit_code, "all as the ledger says" in after.stdout) == (0, True)


def test_a_table_that_cannot_be_healed_is_said_to_be_closed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    damage(environment)
    for kept in (tmp_path / "home" / "spool").rglob(sha256(SALES.encode()).hexdigest()):
        kept.unlink()
    (tmp_path / "till.csv").unlink()

    ended = asked(environment)

    assert ended.exit_code == 1
    assert (
        "takings is closed: it gives no figures until a verification finds its rows whole again."
        in ended.stdout.splitlines()
    )
    assert json.loads(asked(environment, "--look", "--json").stdout)["closed"] == ["takings"]


def test_what_could_not_be_compared_is_said_and_is_no_mistake(
    environment: dict[str, str], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(MODEL, models)
    (till,) = models.glob("*/loads/till.toml")
    for kept in (tmp_path / "home" / "spool").rglob(sha256(till.read_bytes()).hexdigest()):
        kept.unlink()
    till.write_text(till.read_text().replace('from = "pieces"', 'from = "pieces"\nleast = 2'))

    ended = asked({**environment, "INDICUBE_MODELS": str(models)}, "--deep")

    assert ended.exit_code == 0
    assert ended.stdout.splitlines() == [
        "takings: batch 1 of load 1 was compared by rows and sums alone, for its specification "
        "reads it otherwise now.",
        "1 batch of 1 load: all as the ledger says.",
    ]


def test_one_load_is_verified_alone(environment: dict[str, str]) -> None:
    damage(environment)

    closed, well = asked(environment, "--load", "2").stdout.splitlines()
    assert closed.startswith("takings is closed: ")  # the start found that rows are missing
    assert well.startswith("0 batches of 0 loads: all")
    assert asked(environment, "--load", "1").stdout.endswith("1 finding, 1 healed.\n")


def test_missing_rows_at_the_start_are_looked_into_by_a_job(
    environment: dict[str, str],
) -> None:
    damage(environment)
    runtime = open_runtime(Settings.from_environment(environment))

    look_at_facts(runtime)
    look_at_facts(runtime)

    (job,) = jobs(runtime)
    run_here(runtime, VERIFICATION, job.id)
    (job,) = jobs(runtime)
    assert job.state == "done"
    assert job.result is not None
    assert job.result["is_well"] is True
    runtime.close()


def test_nothing_is_asked_when_nothing_is_missing(runtime: Runtime) -> None:
    look_at_facts(runtime)

    assert jobs(runtime) == ()


def test_a_night_is_verified_once_by_whichever_scheduler(runtime: Runtime) -> None:
    evening = runtime.clock().replace(hour=1)
    night = runtime.clock().replace(hour=3)

    assert verify_nightly(runtime.metadata, runtime.queue, evening, 3) is None
    assert verify_nightly(runtime.metadata, runtime.queue, night, 3) is not None
    assert verify_nightly(runtime.metadata, runtime.queue, night, 3) is None
    keep_ledger(runtime)
    assert len(jobs(runtime)) == 1


def test_two_verifications_do_not_work_at_once(runtime: Runtime) -> None:
    now = runtime.clock()
    first = ask_verification(runtime.metadata, runtime.queue, {"depth": "usual"}, "ann", now)
    second = ask_verification(runtime.metadata, runtime.queue, {"depth": "deep"}, "bob", now)
    with runtime.metadata.write() as session:
        claim_job(session, first.id, now)

    run_here(runtime, VERIFICATION, second.id)

    refused = next(job for job in jobs(runtime) if job.id == second.id)
    assert (refused.state, refused.error_code) == ("failed", "conflict")
    assert refused.error == f"job {first.id} verifies already; wait until it has ended"
