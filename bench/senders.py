"""Clients that push: `python -m bench.senders URL CLIENTS SECONDS ROWS`.

Every push has so many rows and a key of its own. Prints the pushes that were acknowledged and those
that were not, as JSON.
"""

import http.client
import json
import sys
import uuid
from collections.abc import Mapping

from bench.speaking import Said, spoken


def main(url: str, clients: int, seconds: float, rows: int) -> None:
    """Push for so long and print what came of it."""
    said = Said("POST", body_of(rows), _headers, http.client.ACCEPTED)
    found = spoken(url, said, clients, seconds)
    told = {"accepted": found.answered, "failed": found.failed[:5], "seconds": found.seconds}
    print(json.dumps(told))


def body_of(rows: int) -> bytes:
    """So many observations of the weather, as JSON lines."""
    return "".join(f"{json.dumps(observation(number))}\n" for number in range(rows)).encode()


def observation(number: int) -> dict[str, object]:
    """A made-up hour at an airport."""
    return {
        "origin": ("EWR", "JFK", "LGA")[number % 3],
        "year": 2013,
        "month": number % 12 + 1,
        "day": number % 28 + 1,
        "hour": number % 24,
        "temp": f"{number % 90}.5",
        "wind_speed": f"{number % 40}.25",
        "precip": "0.01",
        "pressure": f"10{number % 40:02}.1",
        "visib": 10,
    }


def _headers() -> Mapping[str, str]:
    return {"Content-Type": "application/x-ndjson", "Idempotency-Key": uuid.uuid4().hex}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
