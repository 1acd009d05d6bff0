"""What is measured, as data: shared dimensions and packs of cubes, indicators and loads."""
