"""Ratios measured in one interleaved run; `make bench` runs them, no test asserts them."""
