"""The commands that change loads that are there, and those that tell what changed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from loaders.changing import FUNCTION, Change
from loaders.commands.running import have_done, tell
from server.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
_REASON = click.option("--reason", required=True, help="Why; everybody can read it.")
_NUMBER = click.argument("number", type=int)
_MOST_LINES = 40


@click.command()
@_NUMBER
@_REASON
@_JSON
def withdraw(number: int, reason: str, as_json: bool) -> None:
    """Hide the load NUMBER; what it had replaced is seen again. `restore` undoes it."""
    _change("withdraw", as_json, f"Withdrawing load {number}", load=number, reason=reason)


@click.command()
@_NUMBER
@_REASON
@_JSON
def restore(number: int, reason: str, as_json: bool) -> None:
    """Show the withdrawn load NUMBER again, in its old place among the loads."""
    _change("restore", as_json, f"Restoring load {number}", load=number, reason=reason)


@click.command()
@_NUMBER
@click.option(
    "--file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The lines that `quarantine` gave out, mended.",
)
@_REASON
@_JSON
def correct(number: int, file: Path, reason: str, as_json: bool) -> None:
    """Take mended lines of the load NUMBER; they are seen with it from then on."""
    arguments = {"load": number, "file": str(file.resolve()), "reason": reason}
    _change("correct", as_json, f"Correcting load {number}", **arguments)


@click.command()
@_NUMBER
@click.option("--reason", default="", help="Why; everybody can read it.")
@_JSON
def replay(number: int, reason: str, as_json: bool) -> None:
    """Read the source of the load NUMBER anew from the spool, by the specification as it is now."""
    _change("replay", as_json, f"Replaying load {number}", load=number, reason=reason)


@click.command()
@_NUMBER
@click.option("--approve/--refuse", "is_approved", default=None, help="What is decided.")
@_REASON
@_JSON
def decide(number: int, is_approved: bool | None, reason: str, as_json: bool) -> None:
    """Publish or reject the load NUMBER, which is held; `diff` shows what publishing would move."""
    if is_approved is None:
        raise click.UsageError("say --approve or --refuse")
    change: Change = "approve" if is_approved else "refuse"
    _change(change, as_json, f"Deciding on load {number}", load=number, reason=reason)


@click.command()
@click.argument("what")
@_JSON
def diff(what: str, as_json: bool) -> None:
    """Show which figures moved: WHAT is a load's number, or two snapshots like 4..7."""
    first, dots, last = what.partition("..")
    if not first.isdigit() or (dots and not last.isdigit()):
        raise click.UsageError(f"{what!r} is neither a load's number nor two snapshots like 4..7")
    arguments = {"from": int(first), "to": int(last)} if dots else {"load": int(first)}
    _change("diff", as_json, f"Comparing {what}", **arguments)


@click.command()
@_JSON
def purge(as_json: bool) -> None:
    """Delete the rows that nobody may ask for any more, as the nightly run does."""
    _change("purge", as_json, "Purging")


ALTERING = (withdraw, restore, correct, replay, decide, diff, purge)


def _change(change: Change, as_json: bool, label: str, **arguments: object) -> None:
    settings = Settings.from_environment()
    counted = "row" if change in ("approve", "replay") else "scope key"
    job = have_done(settings, FUNCTION, {"change": change, **arguments}, label, counted)
    tell(job, as_json, _SENTENCES.get(change, _standing))


def _standing(result: Mapping[str, Any], more: str = "") -> str:
    """How the load stands, what else there is to say, and the command that tells what moved."""
    told = f"load {result['load']} is {result['state']}"
    seen = result.get("snapshot")
    if not seen:
        return f"{told}{more}"
    moved = f"which figures that moved: indicube load diff {seen - 1}..{seen}"
    return f"{told}, as seen from snapshot {seen}{more}\n  {moved}"


def _purged(result: Mapping[str, Any]) -> str:
    done = (
        (result["unpublished"], "that nobody ever saw deleted"),
        (result["deleted"], "that had been given up deleted"),
        (result["doomed"], "given up, to be deleted by the next purge"),
    )
    told = [f"{count:,} {'batch' if count == 1 else 'batches'} {what}" for count, what in done]
    words = "; ".join(each for each, (count, _) in zip(told, done, strict=True) if count)
    horizon = result["horizon"]
    asked = f"every snapshot from {horizon} on" if horizon else "every snapshot"
    kept = result.get("retention_days", 0) is None
    why = " (INDICUBE_RETENTION_DAYS is not set, so nothing that was seen goes)" if kept else ""
    return f"{words or 'there was nothing to purge'}; {asked} can be asked{why}"


def _moved(result: Mapping[str, Any]) -> str:
    then = result["to"] if result["to"] is not None else "what would be"
    figures = result["figures"]
    lines = [f"from snapshot {result['from']} to {then}: {len(figures)} figures moved"]
    lines += [_scope_line(each) for each in result["scopes"][:_MOST_LINES]]
    lines += [_figure_line(each) for each in figures[:_MOST_LINES]]
    left = max(len(figures), len(result["scopes"])) - _MOST_LINES
    return "\n".join([*lines, f"  … {left} more; --json shows all"] if left > 0 else lines)


def _scope_line(scope: Mapping[str, Any]) -> str:
    loads = ", ".join(str(load) for load in scope["loads"])
    name = scope["scope"] or "everything"
    rows = f"{scope['rows_before']:,} rows before, {scope['rows_after']:,} after"
    return f"  {scope['table']} {name}: {rows} (load {loads})"


def _figure_line(figure: Mapping[str, Any]) -> str:
    before, after, moved = (
        figure[side].get("value", figure[side].get("absent"))
        for side in ("before", "after", "difference")
    )
    name = figure["code"] or "the whole scorecard"
    return f"  {figure['period']} {name}: {before} → {after} ({moved})"


def _corrected(result: Mapping[str, Any]) -> str:
    if result.get("is_known"):
        return f"load {result['load']}: these lines were taken before; nothing was done"
    return _standing(result, f": {result['rows']:,} lines mended")


def _replayed(result: Mapping[str, Any]) -> str:
    if result.get("is_known"):
        return f"the same file is seen as load {result['load']} already; nothing was done"
    return _standing(result)


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "correct": _corrected,
    "replay": _replayed,
    "purge": _purged,
    "diff": _moved,
}
