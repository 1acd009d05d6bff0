"""PURE: what facts are expected when, by the contract of a source, and what of them has arrived."""
