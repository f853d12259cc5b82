"""Cookies of the dashboard: who holds a session, and the token of forms that scripts may read."""

from flask import Flask
from werkzeug.wrappers import Response

from access.web.settings import WebSettings


def configure(app: Flask, settings: WebSettings) -> None:
    """Set up Flask's own signed cookie; it holds the forms' token and a sign-in under way."""
    app.secret_key = settings.secret_key
    app.config.update(
        SESSION_COOKIE_NAME=settings.cookie("form"),
        SESSION_COOKIE_SECURE=settings.is_behind_proxy,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
    )


def give_session(response: Response, settings: WebSettings, token: str) -> None:
    """Give the browser a session; it ends with the browser, or when the state says so."""
    response.set_cookie(
        settings.cookie("session"),
        token,
        secure=settings.is_behind_proxy,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def give_csrf(response: Response, settings: WebSettings, token: str) -> None:
    """Give the page's scripts the token that they must send along; it is no secret of theirs."""
    response.set_cookie(
        settings.cookie("csrf"),
        token,
        secure=settings.is_behind_proxy,
        httponly=False,
        samesite="Strict",
        path="/",
    )


def take_all(response: Response, settings: WebSettings) -> None:
    """Take every cookie back."""
    for name in (settings.cookie("session"), settings.cookie("csrf"), settings.cookie("form")):
        response.delete_cookie(name, path="/", secure=settings.is_behind_proxy, samesite="Lax")
