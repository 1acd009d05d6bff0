"""Figures as files: documents, their writers, and the jobs that make them."""
