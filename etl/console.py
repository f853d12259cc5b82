"""Where the command line writes."""

from rich.console import Console


def console() -> Console:
    """A console on standard output; plain and uncut where it is not a terminal."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=140)
