"""The cell that a question is about: its cuts and, always, the scope of whoever asks."""

from collections.abc import Iterable

from server.access import Scope
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, cuts_from_objects, parse_cuts, text_of
from server.errors import IndicubeError, NotAllowed

__all__ = ["Cut", "ScopedCell", "cuts_from_objects", "parse_cuts", "scoped_cell", "text_of"]

_KEY = object()


class ScopedCell:
    """Cuts of a cube with the scope built in; only `scoped_cell` makes one.

    Statements take nothing else, so there is no way to ask without a scope. Cuts and scope are all
    ANDed: a cut can narrow what the scope leaves, never replace or widen it.
    """

    __slots__ = ("cube", "cuts", "outside", "scope_cuts")

    cube: CubeModel
    cuts: tuple[Cut, ...]  # what was asked for
    scope_cuts: tuple[Cut, ...]  # what the scope permits, never shown as cuts
    outside: tuple[Cut, ...]  # facts within all of these are left out, those without a member stay

    def __init__(
        self,
        cube: CubeModel,
        cuts: tuple[Cut, ...],
        scope_cuts: tuple[Cut, ...],
        key: object,
        outside: tuple[Cut, ...] = (),
    ) -> None:
        if key is not _KEY:
            raise TypeError("A ScopedCell is made by scoped_cell alone.")
        object.__setattr__(self, "cube", cube)
        object.__setattr__(self, "cuts", cuts)
        object.__setattr__(self, "scope_cuts", scope_cuts)
        object.__setattr__(self, "outside", outside)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A ScopedCell does not change; {name} cannot be set.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A ScopedCell does not change; {name} cannot be deleted.")

    def narrowed(self, cuts: Iterable[Cut]) -> "ScopedCell":
        """This cell with further cuts, under the same scope."""
        return ScopedCell(self.cube, self.cuts + tuple(cuts), self.scope_cuts, _KEY, self.outside)

    def apart_from(self, cuts: Iterable[Cut]) -> "ScopedCell":
        """This cell without some of its own cuts, under the same scope."""
        left_out = set(cuts)
        left = tuple(cut for cut in self.cuts if cut not in left_out)
        return ScopedCell(self.cube, left, self.scope_cuts, _KEY, self.outside)

    def without(self, cuts: Iterable[Cut]) -> "ScopedCell":
        """What is left of this cell outside some cuts, facts without a member among it."""
        return ScopedCell(self.cube, self.cuts, self.scope_cuts, _KEY, tuple(cuts))


def scoped_cell(cube: CubeModel, cuts: Iterable[Cut], scope: Scope) -> ScopedCell:
    """The cell of these cuts for whoever has this scope.

    A scope that cannot be applied shows nothing: a cube without a scoped dimension is `NotAllowed`
    unless its model says `open_to` that dimension, and so is a path that the dimension cannot have.
    Who may see nothing of some dimension may ask no cube.
    """
    for name in scope.closed:
        raise _closed(name)
    scope_cuts = tuple(
        _scope_cut(cube, name, scope)
        for name in scope.dimensions
        if cube.confined_by(name) or name not in cube.open_to
    )
    return ScopedCell(cube, tuple(cuts), scope_cuts, _KEY)


def _scope_cut(cube: CubeModel, name: str, scope: Scope) -> Cut:
    dimension = cube.confined_by(name)
    if dimension is None:
        raise NotAllowed(
            f"Cube {cube.name} has no {name}, to which your view is confined.",
            code="outside_scope",
            field=name,
        )
    objects = {"type": "set", "dimension": dimension.name, "paths": list(scope.paths(name))}
    try:
        (cut,) = cuts_from_objects(cube, [objects])
    except IndicubeError as error:
        raise _unusable(name) from error
    return cut


def _closed(name: str) -> NotAllowed:
    return NotAllowed(
        f"By the rules that are in force now, nothing of {name} is open to you; ask an "
        "administrator.",
        code="outside_scope",
        field=name,
    )


def _unusable(name: str) -> NotAllowed:
    return NotAllowed(
        f"Your view is confined to a part of {name} that the cube model does not have; ask an "
        "administrator.",
        code="outside_scope",
        field=name,
    )
