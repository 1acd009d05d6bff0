"""Dashboards: tiles that a person has put together, answered together at one snapshot."""
