"""Our server as `indicube web` starts it: `python -m bench.web`."""

import sys

from server.settings import Settings
from web.serving import serve

if __name__ == "__main__":
    sys.exit(serve(Settings.from_environment(), is_whole=False))
