"""A whole installation in the shape of production: every part a process of its own.

PostgreSQL, Redis, the HTTP front as ClickHouse, gunicorn with two processes, two workers, a
scheduler. The test's own process is a further one: it asks for loads and exports by the queue, as
the command line does, and reads the ledger.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from loaders.job import FUNCTION as LOAD
from server.access import Role
from server.errors import MetadataAway, QueueAway
from server.metadata.jobs import Job, create_job, find_job
from server.metadata.session import Metadata, open_metadata
from server.metadata.tokens import create_token
from server.metadata.users import create_user
from server.queue import Queue
from tests.chaos.files import scope_of, text_of
from tests.chaos.house import MODEL
from tests.chaos.oracle import Oracle, Sent
from tests.chaos.processes import Program, front, indicube, postgres, redis
from tests.starting import free_port

PATIENCE = 120.0  # seconds for a job whose worker is killed again and again


@dataclass(frozen=True)
class Doors:
    """The ways into a running installation."""

    folder: Path  # where files to be loaded are put
    port: int
    token: str
    metadata: Metadata
    redis: str
    outputs: Callable[[], str]  # the last words of everybody

    def load(self, sent: Sent, number: int, oracle: Oracle) -> Oracle:
        """Have a file loaded by a worker, whoever is killed meanwhile."""
        path = self.folder / f"{sent.source}.{number}.csv"
        path.write_text(text_of(sent), encoding="utf-8")
        arguments = {"name": sent.source, "file": str(path), "scope": list(scope_of(sent))}
        ended = self.wait(self.ask(arguments))
        assert ended.state == "done", ended  # whatever was away meanwhile: nobody asks again
        assert ended.result is not None
        if oracle.twin_of(sent) is not None:
            assert ended.result["is_known"], ended
            return oracle
        return oracle.published(ended.result["load"], sent, ended.result["snapshot"])

    def ask(self, arguments: Mapping[str, object]) -> str:
        """Ask for a load until that is acknowledged; the job's id."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self.metadata.write() as session:
                    job = create_job(session, LOAD, arguments, "ops", datetime.now(UTC)).id
            except MetadataAway:
                assert time.monotonic() < deadline, self.outputs()
                time.sleep(0.05)
                continue
            self.ring(LOAD, job)
            return job

    def ring(self, function: str, job: str) -> None:
        """Ring for a job; when Redis is away the scheduler does it later."""
        try:
            Queue(self.redis).enqueue(function, job)
        except QueueAway:
            return

    def wait(self, job: str) -> Job:
        """Wait until a job has ended."""
        deadline, found = time.monotonic() + PATIENCE, None
        while found is None or found.is_open:
            assert time.monotonic() < deadline, f"{found}\n{self.outputs()}"
            time.sleep(0.05)
            with suppress(MetadataAway), self.metadata.read() as session:
                found = find_job(session, job)
        return found


@dataclass(frozen=True)
class Installation(Doors):
    """An installation whose processes are known by name."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)  # of a command beside them


@contextmanager
def production(folder: Path, **variables: str) -> Iterator[Installation]:
    """Start everything; ended at the end."""
    with ExitStack() as opened:
        server, database = opened.enter_context(postgres())
        programs: dict[str, Program] = {"postgres": server}
        programs["redis"] = opened.enter_context(redis(folder))
        engine_port, port = free_port(), free_port()
        programs["engine"] = opened.enter_context(front(folder, engine_port))
        environ = {**_environ(folder, database, engine_port, port), **variables}
        metadata = open_metadata(database)
        opened.callback(metadata.close)
        metadata.migrate()
        token = new_token(metadata)
        # The first to come makes the tables; on a server migrate does it before the others start.
        programs["web"] = opened.enter_context(indicube("web", folder, environ))
        for name in ("worker", "worker", "scheduler"):
            key = name if name not in programs else f"second {name}"
            programs[key] = opened.enter_context(indicube(name, folder, environ))

        def outputs() -> str:
            words = (f"--- {name}\n{one.output[-1500:]}" for name, one in programs.items())
            return "\n".join(words)

        redis_url = f"unix://{folder}/redis.sock"
        yield Installation(folder, port, token, metadata, redis_url, outputs, programs, environ)


def _environ(folder: Path, database: str, engine_port: int, port: int) -> dict[str, str]:
    return {
        "INDICUBE_HOME": str(folder / "home"),
        "INDICUBE_MODELS": str(MODEL),
        "INDICUBE_DATABASE": database,
        "INDICUBE_REDIS": f"unix://{folder}/redis.sock",
        "INDICUBE_CLICKHOUSE": f"http://127.0.0.1:{engine_port}/indicube?reader=reader:secret",
        "INDICUBE_PORT": str(port),
        "INDICUBE_WEB_WORKERS": "2",
        "INDICUBE_WEB_THREADS": "8",
        "INDICUBE_API_REQUESTS_PER_MINUTE": "1000000",
        "INDICUBE_JOB_LEASE_SECONDS": "5",
        "INDICUBE_JOB_ATTEMPTS": "20",
    }


def new_token(metadata: Metadata) -> str:
    """A token for pages, of a new analyst."""
    now = datetime.now(UTC)
    with metadata.write() as session:
        user = create_user(session, "ana", Role.ANALYST, now)
        return create_token(session, user, "pages", now)
