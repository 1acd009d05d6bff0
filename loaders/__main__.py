"""`python -m loaders`: the commands `load` and `sample` without the rest of `indicube`."""

from loaders.commands import commands

if __name__ == "__main__":
    commands()
