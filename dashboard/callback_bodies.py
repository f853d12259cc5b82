"""What a browser sends to the callback route, held against what the callback declared.

Dash takes a body as it comes and fails somewhere inside where it is not what its own page would
have sent. Here it is refused with 400 before a callback sees it. Values are not looked at: they are
what people choose, and each read checks its own.
"""

import json
import logging
import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from dash import Dash
from dash.exceptions import PreventUpdate
from flask import abort, request

from dashboard.gate import NotThereError
from study.errors import UserError

log = logging.getLogger(__name__)

ROUTE = "_dash-update-component"
_WILDCARDS = ("ALL", "MATCH", "ALLSMALLER")
# What a value of a kind that no control gives runs into.
_ODD_VALUE = (TypeError, ValueError, LookupError, AttributeError, RecursionError, OverflowError)


def hang(app: Dash) -> None:
    """Check bodies at the callback route from now on; to be called before `Doors.hang`.

    Whether a callback is for somebody is asked first, so that a reply to an odd body does not tell
    that there is such a callback.
    """
    views = app.server.view_functions
    for rule in app.server.url_map.iter_rules():
        if rule.rule.endswith(ROUTE):
            views[rule.endpoint] = _checked(app, views[rule.endpoint])


def _checked(app: Dash, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def checked(*args: Any, **named: Any) -> Any:
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not fits(app.callback_map, body):
            abort(400)
        try:
            return view(*args, **named)
        except (PreventUpdate, NotThereError):
            raise
        except UserError:
            abort(503)  # nothing was loaded yet, say: the panels tell what to do
        except _ODD_VALUE as error:
            _log(str(body["output"]), error)
            abort(400)

    return checked


def fits(callbacks: Mapping[str, Mapping[str, Any]], body: Mapping[str, Any]) -> bool:
    """Whether a body names a callback and gives it what it declared, in its order."""
    output = body.get("output")
    entry = callbacks.get(output) if isinstance(output, str) else None
    if entry is None or "callback" not in entry:
        return False
    changed = body.get("changedPropIds", [])
    return (
        isinstance(changed, list)
        and all(isinstance(name, str) for name in changed)
        and _all_fit(entry["inputs"], body.get("inputs", []))
        and _all_fit(entry["state"], body.get("state", []))
        and _outputs_fit(entry, body.get("outputs", []))
    )


def _all_fit(declared: Sequence[Mapping[str, str]], given: object) -> bool:
    return (
        isinstance(given, list)
        and len(given) == len(declared)
        and all(_fits(one, what) for one, what in zip(declared, given, strict=True))
    )


def _fits(declared: Mapping[str, str], given: object) -> bool:
    """One input or state; a list of them where the callback asked for all of a kind."""
    wanted = _as_id(declared["id"])
    if isinstance(given, list):
        return _is_open(wanted) and all(_is_one(wanted, declared["property"], one) for one in given)
    return _is_one(wanted, declared["property"], given)


def _is_one(wanted: object, prop: str, given: object) -> bool:
    return (
        isinstance(given, dict)
        and given.keys() <= {"id", "property", "value"}
        and given.get("property") == prop
        and _is_same(wanted, given.get("id"))
    )


def _outputs_fit(entry: Mapping[str, Any], given: object) -> bool:
    if entry["no_output"]:
        return True
    declared = entry["output"] if isinstance(entry["output"], list) else [entry["output"]]
    places = given if isinstance(given, list) else [given]
    return len(places) == len(declared) and all(
        _output_fits(one, place) for one, place in zip(declared, places, strict=True)
    )


def _output_fits(declared: Any, given: object) -> bool:
    wanted = _as_id(declared.component_id_str())
    ones = given if isinstance(given, list) and _is_open(wanted) else [given]
    return all(
        isinstance(one, dict)
        and str(one.get("property", "")).partition("@")[0] == declared.component_property
        and _is_same(wanted, one.get("id"))
        for one in ones
    )


def _as_id(text: str) -> object:
    return json.loads(text) if text.startswith("{") else text


def _is_open(wanted: object) -> bool:
    return isinstance(wanted, dict) and any(isinstance(value, list) for value in wanted.values())


def _is_same(wanted: object, given: object) -> bool:
    """Whether an id is the declared one, or one of those that a wildcard stands for."""
    if not isinstance(wanted, dict):
        return given == wanted
    if not isinstance(given, dict) or given.keys() != wanted.keys():
        return False
    return all(
        isinstance(given[key], str | int | float)
        if isinstance(value, list) and value[0] in _WILDCARDS
        else given[key] == value
        for key, value in wanted.items()
    )


def _log(output: str, error: Exception) -> None:
    """Kind and place of an error; its text may quote a value."""
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error(
        "Callback %s failed, reference %s: %s\n%s",
        output,
        secrets.token_hex(3),
        type(error).__name__,
        places,
    )
