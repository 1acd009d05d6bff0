"""`pytest -p tests.soak`: every law is tried with far more examples than in a usual run."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "soak", max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("soak")
