"""Ctrl-C, in whatever guise it comes out of a library."""

_WORDS = "Query interrupted"
"""What DuckDB raises as a plain RuntimeError where Ctrl-C meets a query."""

_KINDS = frozenset({"InterruptException", "ArrowCancelled"})


def was_interrupted(error: BaseException) -> bool:
    """Whether an error is, or came of, somebody's Ctrl-C: then it says nothing of the data."""
    seen: BaseException | None = error
    while seen is not None:
        # Told by name, so that whoever only starts a command need not import the libraries.
        if isinstance(seen, KeyboardInterrupt) or type(seen).__name__ in _KINDS:
            return True
        if type(seen) is RuntimeError and str(seen) == _WORDS:
            return True
        seen = seen.__cause__ or seen.__context__
    return False
