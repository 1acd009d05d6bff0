"""A process that makes exports and is killed by its parent or at a crash point.

`python -m tests.exports.worker_child HOME prepare` makes the home; `… make ID` makes one export,
`… later ID` does so when the leases of dead workers have run out; `… work REDIS` answers a queue
until it is killed.
"""

import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loaders.sample import apply_everything
from server.access import Role
from server.exports.job import make_export
from server.exports.schedules import ask_for_due
from server.exports.tidying import sweep
from server.metadata.users import create_user
from server.queue import Queue, WorkerThread
from server.runtime import Runtime, open_runtime
from server.scheduler import ring_again
from server.settings import Settings


def main(home: Path, step: str, *arguments: str) -> None:
    """Open the home and do the step."""
    runtime = open_runtime(Settings.from_environment({"INDICUBE_HOME": str(home)}))
    match step:
        case "prepare":
            apply_everything(runtime, runtime.cubes.model, "system")
            with runtime.metadata.write() as session:
                create_user(session, "ana", Role.ANALYST, runtime.clock())
        case "make":
            make_export(runtime, arguments[0])
        case "later":
            later = replace(runtime, clock=lambda: datetime.now(UTC) + timedelta(minutes=5))
            make_export(later, arguments[0])
            sweep(later)
        case "due":
            ask_for_due(runtime)
        case "work":
            _work(runtime, arguments[0])
    runtime.close()


def _work(runtime: Runtime, redis: str) -> None:
    settings = replace(runtime.settings, job_lease_seconds=2, job_attempts=1000)
    working = replace(runtime, settings=settings, queue=Queue(redis))
    WorkerThread(working.queue, working).start()
    while True:
        ring_again(working)
        time.sleep(0.3)


if __name__ == "__main__":
    threading.excepthook = lambda _told: None
    main(Path(sys.argv[1]), *sys.argv[2:])
