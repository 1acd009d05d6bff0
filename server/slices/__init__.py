"""Slices: any values of a cube by any rows and columns, asked from the facts at their own grain."""
