"""How many worlds are tried: one in the usual run, fifty in a soak (SOAK=full)."""

import os

SEEDS = range(15, 15 + {"full": 50, "small": 5}.get(os.environ.get("SOAK", ""), 1))
