"""Every error that the server raises: whose fault it is, a stable code and one sentence.

Two branches: `AskerError` (the asker can mend it) and `ServerError` (we must). Nothing here knows
HTTP; `web.problems` maps classes to status codes, the command line maps `exit_code`.
"""

import difflib
import re
from collections.abc import Iterable, Sequence

# Sentences quote what they are about, as Python writes it.
_QUOTED = re.compile(r"""'([^']+)'|"([^"]+)\"""")
_BETWEEN = re.compile(r"[:;,|@*]")


class IndicubeError(Exception):
    """A sentence that says what is wrong, where, and what is allowed instead."""

    code = "error"
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        allowed: Iterable[str] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.allowed = tuple(allowed)
        self.hint = hint

    @property
    def advice(self) -> str | None:
        """The hint; without one what was probably meant, of all that is allowed."""
        meant = None if self.hint else _meant(self.message, self.allowed)
        return f"Did you mean {meant}?" if meant else self.hint

    @property
    def sentence(self) -> str:
        """The message, with what is allowed and what to do where it does not say so itself."""
        parts = [self.message.rstrip(".")]
        if any(choice not in self.message for choice in self.allowed):
            parts.append(f"allowed: {', '.join(self.allowed)}")
        return "; ".join([*parts, self.hint] if self.hint else parts)

    def __str__(self) -> str:
        return self.message


class AskerError(IndicubeError):
    """The request cannot be met as it stands; the asker can change it."""

    code = "bad_request"
    exit_code = 2


class InvalidInput(AskerError):
    """A value is not of the form or range that is allowed."""

    code = "invalid_input"


class RowMistake(InvalidInput):
    """A row of what was sent is not of the form that is taken."""

    def __init__(
        self,
        message: str,
        *,
        row: int,
        code: str | None = None,
        field: str | None = None,
        allowed: Iterable[str] = (),
    ) -> None:
        super().__init__(message, code=code, field=field, allowed=allowed)
        self.row = row  # as the sender counts


class NotFound(AskerError):
    """The named thing does not exist, or not for this person."""

    code = "not_found"


class Gone(AskerError):
    """What is asked for was there once and cannot be answered any more."""

    code = "gone"


class NotSignedIn(AskerError):
    """The request needs a signed-in person or a token."""

    code = "not_signed_in"


class NotAllowed(AskerError):
    """The person's rights or scope do not cover the request."""

    code = "not_allowed"


class NotOffered(AskerError):
    """What is asked belongs to a standard of which this part is not offered."""

    code = "not_implemented"


class Conflict(AskerError):
    """The request clashes with the present state, for example a name that is taken."""

    code = "conflict"


class InFlight(Conflict):
    """The same request is being answered at this moment."""

    code = "in_flight"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds until its answer is likely to be there


class KeyReused(AskerError):
    """A key that makes repeating harmless was sent with another request before."""

    code = "key_reused"


class TooLarge(AskerError):
    """What was sent is larger than what is taken."""

    code = "too_large"


class WrongForm(AskerError):
    """What was sent is written in a form that is not read."""

    code = "wrong_form"


class LimitReached(AskerError):
    """The answer would pass a limit of rows, cells, seconds or memory."""

    code = "limit_reached"


class TooManyRequests(LimitReached):
    """The asker has sent more requests than are answered in a while."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds until the next request is answered


class Busy(TooManyRequests):
    """As many questions of the same asker are being answered as one may have at a time."""

    code = "busy"


class ManyErrors(AskerError):
    """Several mistakes of one input, reported at once."""

    code = "many_errors"

    def __init__(self, errors: Iterable[IndicubeError], *, where: str = "") -> None:
        self.errors = tuple(errors)
        head = f"{where}: " if where else ""
        super().__init__(head + "; ".join(error.message for error in self.errors))


class ServerError(IndicubeError):
    """The request was right; something on our side stops the answer."""

    code = "server_error"


class SettingsError(ServerError):
    """A setting has a value that cannot be used; the start ends here."""

    code = "settings"
    exit_code = 2


class HomeLocked(ServerError):
    """Another running Indicube holds the home folder."""

    code = "home_locked"
    exit_code = 5


class PortBusy(ServerError):
    """Another process listens on the address that the web server should have."""

    code = "port_busy"
    exit_code = 5


class StoreInUse(ServerError):
    """Another process holds the fact store."""

    code = "store_in_use"
    exit_code = 5


class StoreAway(ServerError):
    """The fact store cannot be reached or did not answer in time."""

    code = "store_away"
    exit_code = 4


class MetadataAway(ServerError):
    """The metadata database cannot be reached, or went away in the middle."""

    code = "metadata_away"
    exit_code = 4


class QueueAway(ServerError):
    """The queue's Redis cannot be reached."""

    code = "queue_away"
    exit_code = 4


class NoRoom(ServerError):
    """A disk is too full to write to; what is there can be read."""

    code = "disk_low"


class ModelMismatch(ServerError):
    """The cube model and the tables in the store disagree."""

    code = "model_mismatch"


class LoadHeld(ServerError):
    """A load has more mistakes than its limit; nothing of it is visible."""

    code = "load_held"
    exit_code = 3


class LoadRejected(ServerError):
    """A source cannot be loaded as it is; nothing of it is visible."""

    code = "load_rejected"
    exit_code = 3


def nearest(text: str, choices: Iterable[str]) -> str | None:
    """The choice that somebody probably meant: the same but for a few letters, or its last part."""
    known = {choice.lower(): choice for choice in choices}
    low = text.lower()
    if low in known:
        return known[low]
    ends = [choice for key, choice in known.items() if re.split(r"[.:]", key)[-1] == low]
    if len(ends) == 1:
        return ends[0]
    close = difflib.get_close_matches(low, known, n=1)
    return known[close[0]] if close else None


def quoted(message: str) -> str:
    """What a sentence is about: what stands in it in quotation marks first; else nothing."""
    found = _QUOTED.search(message)
    return (found[1] or found[2]) if found else ""


def _meant(message: str, allowed: Sequence[str]) -> str | None:
    about = quoted(message)
    if not about or about in allowed:
        return None
    pieces = [about, *(piece for piece in _BETWEEN.split(about) if piece not in allowed)]
    meant = (nearest(piece, allowed) for piece in pieces if piece)
    return next((one for one in meant if one), None)
