"""The application process of the embedded start: web, worker and scheduler in one.

`indicube up` starts it as `python -P -m web --listen FD`, where FD is the listening socket that
it holds itself, so that a restart refuses nobody.
"""

import argparse
import sys

from server.errors import IndicubeError
from server.settings import Settings
from web.serving import serve


def main() -> int:
    """Serve until a signal ends it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--listen", type=int, help="descriptor of a listening socket")
    arguments = parser.parse_args()
    try:
        settings = Settings.from_environment()
        return serve(settings, is_whole=True, listen=arguments.listen)
    except IndicubeError as reason:
        sys.stderr.write(f"indicube: {reason.sentence}\n")
        return reason.exit_code


if __name__ == "__main__":
    sys.exit(main())
