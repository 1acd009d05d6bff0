"""Named points at which a test ends this process at once, as a power cut would."""

import os
from collections import Counter

VARIABLE = "INDICUBE_CRASH_AT"  # name:nth, counted from 1 in this process
EXIT_CODE = 137

_passed: Counter[str] = Counter()


def crashpoint(name: str) -> None:
    """Die here without any cleaning up, if a test asked for this passage of this point."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    _passed[name] += 1
    if wanted == f"{name}:{_passed[name]}":
        os._exit(EXIT_CODE)
