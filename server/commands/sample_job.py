"""The job that loads a pack's sample facts: made once for each content of the pack."""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from server.commands.opening import now
from server.metadata.jobs import Job, create_job, list_jobs
from server.metadata.session import Metadata
from server.queue import Queue
from server.settings import Settings

FUNCTION = "loaders.sample.run_sample"


def sample_job(settings: Settings, metadata: Metadata, pack: str) -> Job:
    """The job for the pack as it is now: the one that was made before, or a new one, rung for."""
    arguments = {"pack": pack, "content": content_of(settings.model_folder, pack)}
    with metadata.write() as session:
        for job in list_jobs(session, function=FUNCTION):
            if dict(job.arguments) == arguments and (job.is_open or job.state == "done"):
                return job
        job = create_job(session, FUNCTION, arguments, "system", now())
    Queue(settings.redis).enqueue(FUNCTION, job.id)
    return job


def content_of(folder: Path | None, pack: str) -> str:
    """A fingerprint of the files of the pack and of what all packs share."""
    root: Traversable = folder if folder else files("cube_models")
    digest = hashlib.sha256()
    for name in ("shared", pack):
        for path, content in sorted(_files(root / name, name)):
            digest.update(f"{path}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _files(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir():
            found += _files(entry, f"{path}/{entry.name}")
        else:
            found.append((f"{path}/{entry.name}", entry.read_bytes()))
    return found
