"""`python -m awd` is the command line."""

from ._command import main

main()
