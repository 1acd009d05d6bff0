"""Clients that ask one address again and again: `python -m bench.clients URL CLIENTS SECONDS`.

Prints the requests that were answered and those that were not, as JSON.
"""

import json
import sys

from bench.speaking import Said, spoken


def main(url: str, clients: int, seconds: float) -> None:
    """Ask for so long and print what came of it."""
    found = spoken(url, Said(), clients, seconds)
    print(json.dumps(vars(found)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
