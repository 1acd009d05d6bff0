"""The home folder of an installation: making it, holding it, and the key that is kept in it."""

import errno
import fcntl
import os
import secrets
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from server.errors import HomeLocked, SettingsError

KEY_BYTES = 32


def make_home(home: Path) -> None:
    """Make the folder, readable by its owner alone, or say why it cannot be used."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "run").mkdir(exist_ok=True, mode=0o700)
        probe = home / "run" / f"writable.{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as reason:
        raise SettingsError(
            f"The home folder {home} cannot be written: {os.strerror(reason.errno or errno.EIO)}; "
            "INDICUBE_HOME must name a folder that can be made and written",
            field="INDICUBE_HOME",
        ) from None


def read_key(path: Path) -> bytes:
    """The key that signs forms and sessions; made when there is none yet.

    Raises:
        SettingsError: when others may read the file or it holds fewer than 32 bytes.
    """
    if not path.exists():
        _make_key(path)
    try:
        mode, key = path.stat().st_mode, path.read_bytes().strip()
    except OSError as reason:
        raise _key_error(path, "read", reason) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"The key file {path} can be read by others; its mode must be 600", field="key_file"
        )
    if len(key) < KEY_BYTES:
        raise SettingsError(
            f"The key file {path} holds {len(key)} bytes; a key has at least {KEY_BYTES}. "
            "Remove the file and a new one is made (everybody signs in anew)",
            field="key_file",
        )
    return key


class HomeLock:
    """Holds a home folder for this process; the kernel lets go of it when the process ends."""

    def __init__(self, home: Path) -> None:
        self._path = home / "lock"
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._take(seconds=0.5):
            os.close(self._descriptor)
            raise self._held()
        try:
            os.truncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as reason:  # a full disk; whoever tells of it names the file
            os.close(self._descriptor)
            reason.filename = str(self._path)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.truncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _take(self, seconds: float) -> bool:
        """Try for a moment: `doctor` may be looking at the lock just now."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.05)
            else:
                return True

    def _held(self) -> HomeLocked:
        holder = self._path.read_text(encoding="ascii").strip() or "unknown"
        return HomeLocked(
            f"The home folder {self._path.parent} is held by a running Indicube "
            f"(process {holder}); stop it, or give this one another folder with INDICUBE_HOME",
            field="INDICUBE_HOME",
        )


def holder_of(home: Path) -> int | None:
    """The process that holds the home folder, if one does."""
    try:
        with (home / "lock").open(encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
    except BlockingIOError:
        text = (home / "lock").read_text(encoding="ascii").strip()
        return int(text) if text.isdigit() else None
    except OSError:
        return None


def _make_key(path: Path) -> None:
    """Write a fresh key under its final name in one step, so that two starts agree on one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was quicker; its key holds
        finally:
            draft.unlink()
    except OSError as reason:
        raise _key_error(path, "written", reason) from None


def _key_error(path: Path, done: str, reason: OSError) -> SettingsError:
    return SettingsError(
        f"The key file {path} cannot be {done}: {os.strerror(reason.errno or errno.EIO)}",
        field="key_file",
    )
