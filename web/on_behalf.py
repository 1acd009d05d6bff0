"""Every question of a request is asked on behalf of whoever sent it.

It waits for their turn, is counted with their other questions, and ends when they hang up: on
screens, in the API and in streams alike.
"""

from functools import partial

from flask import Flask, Response, current_app, g, request

from server.metadata.secrets import secret_hash
from server.runtime import Runtime
from server.store.address import Server
from server.store.asking import NOBODY, Asker, ask_for
from server.store.readers import Cancellation
from server.store.working import Work
from web.hang_up import HangUps, connection_of
from web.turns import WAITING, Rules, Turns
from web.visitor import EXTENSION as RUNTIME
from web.visitor import visitor

EXTENSION = "indicube-turns"
_MARGIN = 30  # seconds that a place outlives the longest question


class _Everybody:
    """What the requests of an application share."""

    def __init__(self, runtime: Runtime) -> None:
        settings, wait = runtime.settings, runtime.settings.question_wait_seconds
        is_shared = isinstance(runtime.store.address, Server)  # else this process is the only one
        redis = settings.redis if is_shared else None
        self.seconds = settings.max_execution_seconds
        longest = settings.max_execution_seconds + _MARGIN
        self.questions = Turns(Rules(settings.questions_per_person, wait, longest), redis)
        streams, lasting = max(settings.streams // 2, 1), settings.stream_seconds + _MARGIN
        self.streams = Turns(Rules(streams, wait, lasting, "streams"), redis)
        # They hold a thread each, and no connection to the facts; more of one person are refused.
        waiting = settings.questions_per_person * WAITING
        self.waiting = Turns(Rules(waiting, 0, longest))
        self.hang_ups = HangUps()


def ask_on_behalf(app: Flask) -> None:
    """Let every request ask in its sender's name; called after the gate was put up."""
    app.extensions[EXTENSION] = _Everybody(app.extensions[RUNTIME])
    app.before_request(_begin)
    app.after_request(_follow_stream)
    app.teardown_request(_end)


def _begin() -> None:
    everybody: _Everybody = current_app.extensions[EXTENSION]
    who, cancellation = _who(), Cancellation()
    connection = connection_of(request.environ)
    if connection is not None:
        g.watched = everybody.hang_ups.watch(connection, cancellation)
    ask_for(
        Asker(
            turn=partial(everybody.questions.taken, who),
            stream_turn=partial(everybody.streams.taken, who),
            waiting=partial(everybody.waiting.taken, who),
            cancellation=cancellation,
            work=Work(everybody.seconds),
        )
    )


def _who() -> str:
    """One name for all windows and programs of a person; of a wall the link that it was given."""
    user = visitor().user
    if user is not None:
        return f"user:{user.id}"
    link = (request.view_args or {}).get("token")
    return f"link:{secret_hash(str(link))}" if link else "nobody"


def _follow_stream(response: Response) -> Response:
    """A stream is sent after the request has ended; until it is over its connection is watched."""
    watched = g.get("watched")
    if watched is not None and response.is_streamed:
        everybody: _Everybody = current_app.extensions[EXTENSION]
        g.watched = None
        response.call_on_close(partial(everybody.hang_ups.forget, watched))
    return response


def _end(_error: BaseException | None) -> None:
    ask_for(NOBODY)
    watched = g.get("watched")
    if watched is not None:
        everybody: _Everybody = current_app.extensions[EXTENSION]
        everybody.hang_ups.forget(watched)
