"""Dashboards: their tiles, arranged and answered."""
