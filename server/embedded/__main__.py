"""`python -m server.embedded [--sample PACK]`: what `indicube up` turns into.

Nothing but the standard library and our own small modules is imported, so that the process that
watches over the others stays small.
"""

import os
import sys

from server.embedded.supervisor import Supervisor
from server.errors import IndicubeError
from server.settings import Settings


def main(arguments: list[str]) -> int:
    """Run one Indicube; the exit code."""
    try:
        settings = Settings.from_environment()
        needs_redis = not {"INDICUBE_REDIS", "INDICUBE_REDIS_FILE"} & os.environ.keys()
        return Supervisor(settings, arguments, needs_redis, _say).run()
    except IndicubeError as reason:
        _say(reason.sentence)
        return reason.exit_code


def _say(sentence: str) -> None:
    sys.stderr.write(f"indicube: {sentence}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
