"""Signing in leads to a page of ours, whatever the address asks for."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from access.web.next_page import own_page

HOST = "https://rapport.example"


@pytest.mark.parametrize(
    "path", ["/", "/adherence", "/participant?participant=P014", "/a?b=c&d=%2F"]
)
def test_our_own_pages_stay(path):
    assert own_page(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "adherence",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\/evil.example",
        "/sign-in",
        "/sign-out",
        "/_dash-layout",
        "javascript:alert(1)",
        "/" + "a" * 3000,
    ],
)
def test_all_else_leads_to_the_first_page(path):
    assert own_page(path) == "/"


WEIRD = st.text(st.sampled_from("/\\:.@?#%\t\n\r\x00 aehl0-_&=;[]"), max_size=30)


@given(WEIRD | st.text(max_size=40))
@example("/\n/evil.example")
@example("/@evil.example")
@example("/.//evil.example")
def test_a_browser_never_leaves_the_site(path):
    """Browsers drop tabs and line ends, and read a backslash as a slash, before they resolve."""
    given_to_browser = own_page(path)
    assert not set("\t\n\r\\") & set(given_to_browser)
    assert urlsplit(urljoin(HOST + "/sign-in", given_to_browser)).netloc == "rapport.example"
