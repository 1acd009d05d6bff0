"""What the queue runs to bring a pack to life: its model, its definitions, then all its loads.

Safe to run again: an applied model and unchanged definitions stay as they are, files that are
visible already are answered with their loads.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from loaders.context import LoadContext, context_of, model_folder
from loaders.job import answer
from loaders.load import Progress, run_load
from server.cube.model import Model
from server.errors import Conflict, InvalidInput
from server.metadata.definitions import apply_model
from server.metadata.jobs import Job
from server.queue import current_runtime
from server.scorecards.packs import apply_pack, read_pack
from server.store.migrate import ensure_tables

if TYPE_CHECKING:
    from server.runtime import Runtime

FUNCTION = "loaders.sample.run_sample"
_REASON = "the sample of the pack"
_LEFT_ALONE = ("load_withdrawn", "load_waits")


def run_sample(job_id: str) -> None:
    """Apply and load the pack that the job's arguments name."""
    answer(current_runtime(), job_id, sample_of_job)


def sample_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of a sample job."""
    model = runtime.cubes.model
    pack = job.arguments.get("pack", model.pack)
    if pack != model.pack:
        raise InvalidInput(
            f"this installation serves the pack {model.pack!r}, not {pack!r}; INDICUBE_PACKS "
            "names the pack",
            field="pack",
            allowed=(model.pack,),
        )
    apply_everything(runtime, model, job.by)
    return {"loads": load_everything(context_of(runtime), job.by, job.id, progress)}


def apply_everything(runtime: "Runtime", model: Model, by: str) -> None:
    """Tables, model and definitions of the pack, as far as they differ from what is in force."""
    folder, now = model_folder(runtime.settings), runtime.clock()
    definitions = read_pack(folder, model.pack, model)
    ensure_tables(runtime.store, model)
    body = {
        name: json.loads(folder.joinpath(*path).read_text("utf-8"))
        for name, path in (
            ("shared", ("shared", "dimensions.json")),
            ("cubes", (model.pack, "cubes.json")),
        )
    }
    with runtime.metadata.write() as session:
        apply_model(session, model.pack, model.version, body, by, _REASON, now)
    apply_pack(runtime.metadata, definitions, author=by, reason=_REASON, now=now)


def load_everything(
    context: LoadContext, by: str, job: str | None, progress: Progress
) -> list[Mapping[str, Any]]:
    """Every load of the pack, dimensions first; what became of each."""
    outcomes: list[Mapping[str, Any]] = []
    done = 0
    for specification in context.in_order:
        before = done

        def tell(rows: int, expected: int | None, before: int = before) -> None:
            progress(before + rows, _expected(context, before, expected))

        try:
            outcome = run_load(context, specification.name, by=by, job=job, progress=tell)
        except Conflict as found:
            if found.code not in _LEFT_ALONE:
                raise
            continue  # somebody withdrew it, or is to decide on it: a start leaves it so
        done += outcome.stored + outcome.quarantined
        outcomes.append(outcome.as_result())
    return outcomes


def _expected(context: LoadContext, before: int, expected: int | None) -> int | None:
    """The rows of all loads, where every one says how many it has."""
    rows = [each.rows for each in context.in_order]
    known = [count for count in rows if count is not None]
    return sum(known) if len(known) == len(rows) else before + (expected or 0)
