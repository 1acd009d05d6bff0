"""The sub-commands of `indicube` that need nothing above the cube server.

Each is named in `pyproject.toml` under the entry-point group `indicube.commands` and imported only
when it is called. Commands that touch metadata alone open it themselves; what touches facts goes
through the queue, because in an embedded installation one process alone can open them.
"""
