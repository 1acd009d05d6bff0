"""What the queue runs: roll-ups are built, compared with the facts, dropped, and advised."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from loaders.attempt import Progress
from loaders.job import answer
from server.cube.cube_model import CubeModel
from server.cube.rollup_advice import Advice, advise
from server.cube.rollups import RollUp
from server.errors import InvalidInput, NotFound
from server.ledger.rollups import Checked, build_roll_up, check_roll_ups, drop_roll_up
from server.ledger.room import check_room
from server.metadata.jobs import Job
from server.metadata.query_log import LoggedQuery, logged_queries
from server.queue import current_runtime
from server.store.rollups import rows_by, rows_of_table

if TYPE_CHECKING:
    from server.runtime import Runtime


def run_roll_up(job_id: str) -> None:
    """Do what the job's arguments say: `do` (build, verify, drop, advise), `name`."""
    answer(current_runtime(), job_id, roll_up_of_job)


def roll_up_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of a job about roll-ups."""
    work, name = str(job.arguments["do"]), job.arguments.get("name")
    if work == "advise":
        with runtime.metadata.read() as session:
            asked = logged_queries(session)
        return {"advice": [_told(each) for each in advice(runtime, asked)]}
    chosen = _chosen(runtime, name)
    if work == "drop":
        for cube, roll_up in chosen:
            drop_roll_up(
                runtime.metadata, runtime.store, cube.fact, roll_up.projection, runtime.clock()
            )
        return {"dropped": [roll_up.name for _, roll_up in chosen]}
    if work == "build":
        return _result(_built(runtime, chosen, progress))
    if work == "verify":
        return _result(_verified(runtime, chosen))
    raise InvalidInput(f"{work!r} is nothing that is done with roll-ups.", field="do")


def advice(runtime: "Runtime", asked: Iterable[LoggedQuery]) -> tuple[Advice, ...]:
    """What the questions advise, for every cube with facts."""
    listed = tuple(asked)
    return tuple(
        each
        for cube in runtime.cubes.model.cubes.values()
        if (facts := rows_of_table(runtime.store, cube.fact.name))
        for each in advise(cube, listed, facts, partial(rows_by, runtime.store, cube.fact.name))
    )


def _chosen(runtime: "Runtime", name: object) -> tuple[tuple[CubeModel, RollUp], ...]:
    """The roll-ups of that name, or all; `NotFound` names those that there are."""
    every = tuple(
        (cube, roll_up) for cube in runtime.cubes.model.cubes.values() for roll_up in cube.roll_ups
    )
    chosen = tuple(each for each in every if name in (None, each[1].name))
    if name is not None and not chosen:
        names = [roll_up.name for _, roll_up in every]
        raise NotFound(
            f"The model declares no roll-up {name!r}. It has: {', '.join(names) or 'none'}.",
            field="name",
            allowed=names,
        )
    return chosen


def _built(
    runtime: "Runtime", chosen: Iterable[tuple[CubeModel, RollUp]], progress: Progress
) -> list[Checked]:
    check_room(runtime.settings)
    return [
        build_roll_up(
            runtime.metadata,
            runtime.store,
            cube.fact,
            roll_up.projection,
            progress,
            runtime.clock(),
        )
        for cube, roll_up in chosen
    ]


def _verified(
    runtime: "Runtime", chosen: Iterable[tuple[CubeModel, RollUp]]
) -> tuple[Checked, ...]:
    wanted = {roll_up.address for _, roll_up in chosen}
    tables = [cube.fact for cube in runtime.cubes.model.cubes.values()]
    return check_roll_ups(runtime.metadata, runtime.store, tables, runtime.clock(), wanted)


def _result(checked: Iterable[Checked]) -> Mapping[str, Any]:
    listed = list(checked)
    return {
        "is_well": all(each.is_well for each in listed),
        "roll_ups": [
            {
                "table": each.table,
                "name": each.name,
                "rows": each.rows,
                "is_well": each.is_well,
                "sentence": each.sentence,
            }
            for each in listed
        ],
    }


def _told(advised: Advice) -> Mapping[str, Any]:
    return {**asdict(advised), "pays": advised.pays, "sentence": advised.sentence}
