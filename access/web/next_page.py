"""Where somebody goes after signing in: back to where they wanted to, and never elsewhere."""

import re
from urllib.parse import urlsplit

HOME = "/"
_LONGEST = 2_000
# One slash, then no second one nor a backslash: browsers take `//` and `/\` for another host.
# Control characters are dropped by browsers, so that a second slash could come to stand first.
_OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def own_page(wanted: str | None) -> str:
    """`wanted` if it is a path of this dashboard (with its query), else the first page.

    The pages for signing in and out do not count: whoever has signed in is through with them.
    """
    if not wanted or len(wanted) > _LONGEST or _OWN.fullmatch(wanted) is None:
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    is_own = not parts.scheme and not parts.netloc
    is_page = not parts.path.startswith(("/sign-", "/_dash", "/assets/"))
    return wanted if is_own and is_page else HOME
