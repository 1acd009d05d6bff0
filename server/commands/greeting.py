"""`python -m server.commands.greeting [--sample PACK]`: runs beside the server when it starts.

Waits until the server answers, makes sure that the sample facts are loaded, then prints the
address and, while nobody has ever signed in, a one-time link for the first user.
"""

import argparse
import sys
import time
import urllib.error
import urllib.request

from rich.console import Console

from server.commands.following import follow
from server.commands.opening import metadata_of, now
from server.commands.sample_job import sample_job
from server.errors import IndicubeError
from server.metadata.session import Metadata
from server.metadata.sign_in import new_sign_in_link
from server.metadata.users import anybody_signed_in, ensure_admin
from server.settings import Settings


def main(arguments: list[str]) -> int:
    """Greet; the exit code is that of the sample load."""
    parser = argparse.ArgumentParser(prog="greeting")
    parser.add_argument("--sample")
    sample = parser.parse_args(arguments).sample
    console = Console(stderr=False, highlight=False, soft_wrap=True)
    try:
        settings = Settings.from_environment()
        _wait_for(f"{address(settings)}/readyz")
        with metadata_of(settings) as metadata:
            code = _load_sample(settings, metadata, sample, console) if sample else 0
            _say_where(settings, metadata, console)
    except IndicubeError as reason:
        sys.stderr.write(f"indicube: {reason.sentence}\n")
        return reason.exit_code
    return code


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the server."""
    scheme = "https" if settings.tls_certificate else "http"
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _load_sample(settings: Settings, metadata: Metadata, pack: str, console: Console) -> int:
    job = sample_job(settings, metadata, pack)
    if not job.is_open:
        return 0
    ended = follow(metadata, job.id, f"Loading the sample facts of {pack}", console)
    if ended.state != "done":
        sys.stderr.write(f"indicube: the sample facts are not loaded: {ended.error}\n")
    return ended.exit_code


def _say_where(settings: Settings, metadata: Metadata, console: Console) -> None:
    where = settings.public_url or address(settings)
    with metadata.write() as session:
        admin = ensure_admin(session, now())
        token = None if anybody_signed_in(session) else new_sign_in_link(session, admin, now())
    console.print(f"\nIndicube is at {where} (Ctrl-C stops it)")
    if token:
        console.print(f"Sign in as {admin.name}, once: {where}/sign-in/{token}\n")


def _wait_for(url: str) -> None:
    """Ask until the answer is 200; the supervisor ends this process when it is to end."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
