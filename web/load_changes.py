"""What can be done to a load as it stands, what was done just now, and how that is undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.access import Permission
from server.errors import Conflict, IndicubeError
from server.ledger.decide import approve, refuse
from server.ledger.publish import restore, withdraw
from server.ledger.refused import is_correctable
from server.ledger.visibility import NeedsBuilder
from server.metadata.loads import Load
from server.metadata.snapshots import LoadEvent, events_of
from web.phrases import gettext
from web.place import Place
from web.visitor import person, runtime

UNDONE: Mapping[str, str] = {"withdraw": "restore", "restore": "withdraw"}
CHANGES = ("withdraw", "restore", "replay", "approve", "refuse", "correct")
_LEAVES: Mapping[str, tuple[str, ...]] = {  # the last event that a change leaves
    "withdraw": ("withdrawn",),
    "restore": ("restored",),
    "refuse": ("refused",),
    "approve": ("published", "approved"),
}


@dataclass(frozen=True)
class ChangeLink:
    """Something that can be done to a load: the page that shows what it would move."""

    name: str
    label: str
    url: str
    is_main: bool = False


@dataclass(frozen=True)
class Undo:
    """What was just done, and the change that undoes it."""

    words: str
    change: str
    moved: str | None = None  # where the figures stand that it moved


def possible_changes(load: Load, place: Place) -> tuple[ChangeLink, ...]:
    """What the visitor may do to a load in its state."""
    return tuple(
        ChangeLink(
            name,
            change_words(name),
            place.link("load_changes.ask", number=load.id, change=name),
            name in ("restore", "approve"),
        )
        for name in changes_of(load)
        if person().may(right_of(name))
    )


def changes_of(load: Load) -> tuple[str, ...]:
    """The changes that a load in this state can take."""
    return {
        "published": (
            "withdraw",
            *(("correct",) if is_correctable(load, runtime().settings.spool) else ()),
        ),
        "withdrawn": ("restore", "replay"),
        "held": ("approve", "refuse"),
        "rejected": ("replay",),
        "abandoned": ("replay",),
    }.get(load.state, ())


def right_of(change: str) -> Permission:
    """The right that a change asks for."""
    return Permission.DECIDE if change in ("approve", "refuse") else Permission.LOAD


def change_words(change: str) -> str:
    """A change as a button says it."""
    return {
        "withdraw": gettext("Withdraw"),
        "restore": gettext("Restore"),
        "replay": gettext("Load again from the spool"),
        "approve": gettext("Approve and publish"),
        "refuse": gettext("Refuse"),
        "correct": gettext("Mend refused rows"),
    }[change]


def undoing(load: Load, done: str, events: Sequence[LoadEvent], place: Place) -> Undo | None:
    """What was just done, as the address says, if the load stands as if it was."""
    told = {
        ("withdraw", "withdrawn"): gettext("The load is withdrawn: nobody sees its rows any more."),
        ("restore", "published"): gettext("The load is restored: its rows are seen again."),
    }.get((done, load.state))
    if not told or not events or events[-1].what not in _LEAVES[done]:
        return None
    number = events[-1].snapshot or 0
    moved = place.link("publications.difference", first=number - 1, last=number)
    return Undo(told, UNDONE[done], moved if number else None)


def change_now(load: Load, change: str, reason: str) -> bool:
    """Do what is one transaction; False when rows have to be read or built, which is a job's."""
    try:
        return _changed_at_once(load, change, reason)
    except (Conflict, NeedsBuilder) as refused:
        if _is_for_a_job(refused):
            return False
        raise


def last_event(load: Load) -> LoadEvent | None:
    """What was done to the load last."""
    with runtime().metadata.read() as reading:
        events = events_of(reading, load.id)
    return events[-1] if events else None


def is_done_already(change: str, reason: str, last: LoadEvent | None) -> bool:
    """Whether the last thing done to a load is this very change, by this person: a second click."""
    return (
        last is not None
        and last.what in _LEAVES.get(change, ())
        and last.by == person().name
        and last.reason == reason
    )


def _is_for_a_job(refused: IndicubeError) -> bool:
    return isinstance(refused, NeedsBuilder) or refused.code == "rows_purged"


def _changed_at_once(load: Load, change: str, reason: str) -> bool:
    here, by = runtime(), person().name
    said = (load.id, by, reason, here.clock())
    if change == "refuse":
        refuse(here.metadata, *said)
    elif change == "withdraw":
        withdraw(here.metadata, *said)
    elif change == "restore":
        restore(here.metadata, *said)
    elif change == "approve" and load.held_for == "restatement":
        approve(here.metadata, *said)
    else:
        return False
    return True
