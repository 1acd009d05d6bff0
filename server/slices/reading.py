"""A slice's question from its parameters, with today known where days are counted from it."""

from collections.abc import Iterable
from datetime import date

from server.cube.cube_model import CubeModel
from server.cube.terms import today_of
from server.runtime import Runtime
from server.slices.question import SliceQuestion, counts_days, read_question
from server.snapshot import Snapshot, parse_as_of, parse_as_of_model


def question_of(
    runtime: Runtime,
    params: Iterable[tuple[str, str]],
    cube: CubeModel,
    snapshot: Snapshot | None = None,
) -> SliceQuestion:
    """The question, of a snapshot or of the moment that the parameters name.

    Raises:
        ManyErrors, InvalidInput, NotFound, LimitReached: as `read_question`.
    """
    pairs = tuple(params)
    if not any(name == "cut" and counts_days(text) for name, text in pairs):
        return read_question(pairs, cube)  # nobody asks what today is
    told = dict(pairs)
    as_of, as_of_model = told.get("as_of"), told.get("as_of_model")
    at = snapshot or runtime.snapshot(
        parse_as_of(as_of) if as_of else None,
        parse_as_of_model(as_of_model) if as_of_model else None,
    )
    return read_question(pairs, cube, counted_from(cube, at))


def counted_from(cube: CubeModel, snapshot: Snapshot) -> date:
    """The day from which days are counted, as the cube's browser counts them."""
    return snapshot.today(cube.fact.name) or today_of(cube, snapshot)
