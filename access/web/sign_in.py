"""Pages to sign in and out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request
from flask import session as form_session
from flask_limiter import Limiter
from werkzeug.wrappers import Response as AnyResponse

from access import accounts, audit, signed_in
from access.accounts import Account, Refused
from access.state.store import State
from access.web import cookies, current
from access.web.guard import SIGN_IN, SIGN_OUT
from access.web.limits import FAILED_SIGN_INS, was_refused
from access.web.next_page import own_page
from access.web.settings import WebSettings

PAGES = Path(__file__).parent / "pages"
STYLE = f"{SIGN_IN}/style.css"
LONGEST_FIELD = 1_000

# One text for a wrong name, a wrong password, a closed account and one with too many attempts:
# whoever tries names learns nothing of them.
REFUSED = (
    "That name and password do not go together. After several failed attempts in a row, sign-in is "
    "closed for up to 15 minutes."
)
_NOTICES = {
    "ended": "Your session has ended. Sign in to go on where you were.",
    "left": "You have signed out.",
    "again": "The page had been open for too long. Try again.",
    "no-role": "Your account there has no role here. Ask whoever looks after Rapport.",
    "provider": "Signing in there did not work. Try again, or tell whoever looks after Rapport.",
}


@dataclass(frozen=True)
class SignIn:
    """What the routes need: where accounts are, and how the dashboard is reached."""

    state: State
    settings: WebSettings
    limiter: Limiter

    def start(self, account: Account, wanted: str | None) -> AnyResponse:
        """Sign an account in and lead on; what the browser held before counts no more."""
        self._end()
        form_session.clear()
        token = signed_in.start(self.state, account, datetime.now(UTC))
        response = redirect(own_page(wanted), 303)
        cookies.give_session(response, self.settings, token)
        return response

    def leave(self) -> AnyResponse:
        """Sign out, here and in the state."""
        self._end()
        account = current.account()
        if account is not None:
            audit.record(self.state, account=account.name, action="sign_out", what="dashboard")
        form_session.clear()
        response = redirect(f"{SIGN_IN}?notice=left", 303)
        cookies.take_all(response, self.settings)
        return response

    def _end(self) -> None:
        token = request.cookies.get(self.settings.cookie("session"))
        if token:
            signed_in.end(self.state, token)


def install_pages(app: Flask, colours: str) -> None:
    """Make this package's templates known, and serve their rules.

    `colours` are the CSS variables of the dashboard's theme.
    """
    app.register_blueprint(Blueprint("access", __name__, template_folder=str(PAGES)))
    rules = (PAGES / "sign_in.css").read_text(encoding="utf-8")

    @app.get(STYLE)
    def sign_in_style() -> Response:
        response = Response(f"{colours}\n{rules}", mimetype="text/css")
        response.cache_control.max_age = 3600
        return response


def install(app: Flask, signing: SignIn) -> None:
    """Add the routes."""

    @app.get(SIGN_IN)
    def sign_in_page() -> AnyResponse:
        if current.account() is not None:
            return redirect(own_page(request.args.get("next")), 303)
        return _page(signing, notice=_NOTICES.get(request.args.get("notice", "")))

    @app.post(SIGN_IN)
    @signing.limiter.limit(FAILED_SIGN_INS, deduct_when=was_refused)
    def sign_in() -> AnyResponse:
        name, password = (request.form.get(key, "") for key in ("name", "password"))
        found = _checked(signing.state, name, password)
        if isinstance(found, Refused):
            return _page(signing, refused=REFUSED, name=name[:LONGEST_FIELD], status=401)
        return signing.start(found, request.form.get("next"))

    @app.post(SIGN_OUT)
    def sign_out() -> AnyResponse:
        return signing.leave()


def _checked(state: State, name: str, password: str) -> Account | Refused:
    if max(len(name), len(password)) > LONGEST_FIELD or "\x00" in name + password:
        return Refused("unknown_or_wrong")
    address = request.remote_addr or ""
    return accounts.sign_in(state, name.strip(), password, address, datetime.now(UTC))


def _page(
    signing: SignIn,
    *,
    notice: str | None = None,
    refused: str | None = None,
    name: str = "",
    status: int = 200,
) -> Response:
    provider = signing.settings.provider
    shown = render_template(
        "sign_in.html",
        notice=notice,
        refused=refused,
        name=name,
        wanted=own_page(request.values.get("next")),
        provider=None if provider is None else provider.label,
    )
    return make_response(shown, status)
