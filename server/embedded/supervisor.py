"""The supervisor: holds the home folder and the socket, keeps Redis and the application running.

In order: take the port, take the home, make the key, start Redis, start the application, greet.
Then wait; a process that dies is started again, a signal stops both, the application first.
"""

import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from server.embedded.children import Child
from server.embedded.keeping import Kept
from server.embedded.listening import listen
from server.embedded.redis_server import RedisServer
from server.embedded.signals import SignalPipe
from server.errors import PortBusy
from server.home import HomeLock, holder_of, make_home, read_key
from server.settings import Settings

APPLICATION_SECONDS = 15  # to finish what it is doing
GREETING_SECONDS = 1


class Supervisor:
    """Runs one Indicube until a signal ends it."""

    def __init__(
        self,
        settings: Settings,
        greeting: Sequence[str],
        needs_redis: bool,
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._greeting = greeting
        self._needs_redis = needs_redis
        self._say = say
        self._signals = SignalPipe()

    def run(self) -> int:
        """Start everything, keep it running, stop it cleanly; the exit code of the command."""
        with ExitStack() as held:
            listener = held.enter_context(self._listen())
            make_home(self._settings.home)
            held.enter_context(HomeLock(self._settings.home))
            read_key(self._settings.key_file)
            held.enter_context(self._signals)
            environ = {"INDICUBE_HOME": str(self._settings.home)}
            redis = self._start_redis(held, environ) if self._needs_redis else None
            application = self._start_application(held, environ, listener)
            greeting = self._start_greeting(held, environ)
            return self._watch(application, redis, greeting)

    def _listen(self) -> socket.socket:
        try:
            return listen(self._settings.host, self._settings.port)
        except PortBusy:
            if holder_of(self._settings.home) is not None:
                with HomeLock(self._settings.home):
                    pass  # its refusal tells more than that of the port
            raise

    def _start_redis(self, held: ExitStack, environ: dict[str, str]) -> Child:
        redis = RedisServer(self._settings.home)
        held.callback(redis.stop)
        child = redis.start()
        environ["INDICUBE_REDIS"] = redis.url
        return child

    def _start_application(
        self, held: ExitStack, environ: dict[str, str], listener: socket.socket
    ) -> Child:
        descriptor = listener.fileno()
        command = [*_python("web"), "--listen", str(descriptor)]
        child = Child("The application", command, environ, (descriptor,))
        held.callback(child.stop, APPLICATION_SECONDS)
        child.start()
        return child

    def _start_greeting(self, held: ExitStack, environ: dict[str, str]) -> Child:
        command = [*_python("server.commands.greeting"), *self._greeting]
        child = Child("The greeting", command, environ)
        held.callback(child.stop, GREETING_SECONDS)
        child.start()
        return child

    def _watch(self, application: Child, redis: Child | None, greeting: Child) -> int:
        kept = [Kept(child, self._say) for child in (application, redis) if child is not None]
        while not self._signals.told_to_stop(min(each.pause() for each in kept)):
            if refusal := kept[0].refusal():
                return refusal
            for each in kept:
                each.look()
            _ = greeting.exit_status  # takes notice of its end
        return 0


def _python(module: str) -> list[str]:
    # -P: the packages are the installed ones, whatever lies in the current folder.
    return [sys.executable, "-P", "-m", module]
