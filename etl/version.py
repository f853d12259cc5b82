"""The version of the program, as installed or as a checkout."""

from importlib.metadata import PackageNotFoundError, version

CHECKOUT = "0.1.0+checkout"


def rapport_version() -> str:
    """Version of the installed distribution; a checkout that is not installed says so."""
    try:
        return version("rapport-dta")
    except PackageNotFoundError:
        return CHECKOUT
