"""`python -m loaders`: the commands `load` and `sample` without the rest of `indicube`."""

import click

from loaders.commands import load, sample

if __name__ == "__main__":
    click.Group("loaders", {"load": load, "sample": sample})()
