"""The command line `awd`."""

import sys

from . import _awd


def main() -> None:
    """Runs the command line with the arguments of this process, and ends it with its exit code."""
    sys.exit(_awd.command(["awd", *sys.argv[1:]]))
