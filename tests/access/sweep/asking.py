"""Asking the dashboard everything that it can be asked, as somebody who is signed in.

What there is to ask is taken from the app itself: its routes, its callbacks, its pages, its panels,
and what they offer. A page that is added is asked without anybody naming it here.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from access import signed_in
from access.accounts import Account
from access.state.store import State
from dashboard import factory

UNKNOWN = "nothing-of-that-name"
# Packages of other people: their files are the same for everybody and hold no data.
NOT_OURS = ("_dash-component-suites", "/static/")


@dataclass(frozen=True)
class Answer:
    """What came back: what was asked, the status, and all text of it, headers included."""

    asked: str
    status: int
    text: str
    body: str = field(repr=False)

    @classmethod
    def of(cls, asked: str, response: TestResponse) -> "Answer":
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        body = response.get_data().decode("utf-8", "replace")  # an icon is no text
        response.close()  # files of assets stay open otherwise
        return cls(asked, response.status_code, f"{head}\n\n{body}", body)

    @cached_property
    def folded(self) -> str:
        """The text whatever the case of its letters; it is searched many times."""
        return self.text.casefold()


class Visitor:
    """Somebody signed in at an app."""

    def __init__(self, app: Dash, state: State, account: Account) -> None:
        self.app = app
        self.client: FlaskClient = app.server.test_client()
        self.client.set_cookie("rapport-session", signed_in.start(state, account))
        self.client.get("/roles")
        cookie = self.client.get_cookie("rapport-csrf")
        assert cookie is not None, "the index page gives the token of the callbacks"
        self._token = cookie.value

    def get(self, path: str) -> Answer:
        return Answer.of(f"GET {path}", self.client.get(path))

    def call(
        self,
        output: str,
        inputs: list[Any],
        state: list[Any] | None = None,
        changed: str | None = None,
    ) -> Answer:
        """Ask a callback by its output, as the browser does; by default the first input changed."""
        body = {
            "output": output,
            "outputs": outputs_of(output),
            "inputs": inputs,
            "state": state or [],
            "changedPropIds": [changed or prop_id(inputs)],
        }
        response = self.client.post(
            "/_dash-update-component", json=body, headers={"X-CSRFToken": self._token}
        )
        values = [f"{one['property']}={one.get('value')}" for one in _flat(inputs)]
        return Answer.of(f"CALL {output[:90]} ({', '.join(values)})", response)

    def panel(self, panel_id: str, search: str = "", view: str | None = None) -> Answer:
        """Ask a panel's callback; one that does not exist as if it did."""
        found = [key for key in self.app.callback_map if is_of_panel(key, panel_id)]
        output = found[0] if found else json.dumps({"panel": panel_id, "part": "table"}) + ".data"
        inputs = [
            {"id": "url", "property": "search", "value": search},
            {"id": {"panel": panel_id, "part": "view"}, "property": "value", "value": view},
            {"id": "build", "property": "data", "value": "any"},
        ]
        return self.call(output, inputs)

    def export(self, panel_id: str, search: str = "") -> Answer:
        return self.get(f"/export/{panel_id}.csv{search}")


class Remembering(Visitor):
    """Who asks no panel and for no report twice: many tests look through the same answers."""

    def __init__(self, app: Dash, state: State, account: Account) -> None:
        super().__init__(app, state, account)
        self._answers: dict[tuple[str | None, ...], Answer] = {}

    def panel(self, panel_id: str, search: str = "", view: str | None = None) -> Answer:
        asked = ("panel", panel_id, search, view)
        if asked not in self._answers:
            self._answers[asked] = super().panel(panel_id, search, view)
        return self._answers[asked]

    def export(self, panel_id: str, search: str = "") -> Answer:
        asked = ("export", panel_id, search)
        if asked not in self._answers:
            self._answers[asked] = super().export(panel_id, search)
        return self._answers[asked]

    def report(self, name: str, search: str = "") -> Answer:
        asked = ("report", name, search)
        if asked not in self._answers:
            self._answers[asked] = self.get(f"/report/{name}.html{search}")
        return self._answers[asked]


def is_of_panel(output: str, panel_id: str) -> bool:
    return f'"panel":"{panel_id}"' in output and '"part":"caption"' in output


def outputs_of(output: str) -> Any:
    """The `outputs` of a body, from the name of the output."""
    parts = output.strip(".").split("...")
    found = []
    for part in parts:
        name, prop = part.rsplit(".", 1)
        found.append({"id": json.loads(name) if name[:1] == "{" else name, "property": prop})
    return found if output.startswith("..") else found[0]


def prop_id(inputs: list[Any]) -> str:
    first = next(iter(_flat(inputs)), {"id": "", "property": ""})
    name = first["id"]
    text = (
        json.dumps(name, separators=(",", ":"), sort_keys=True) if isinstance(name, dict) else name
    )
    return f"{text}.{first['property']}"


def _flat(inputs: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for one in inputs:
        yield from one if isinstance(one, list) else [one]


@dataclass(frozen=True)
class Questions:
    """What can be asked beyond the routes and callbacks themselves: values of the address.

    `choices` are by key of the address, each with its values. The values are those that the study
    has and this viewer may know, and one that does not exist. Panels are asked for each of the
    values where `is_deep`, otherwise for the first of all keys together.
    """

    choices: dict[str, tuple[str, ...]]
    is_deep: bool = True

    def searches(self, keys: Iterable[str]) -> list[str]:
        """Query strings: none, one with a site that is not there, then each value of each key."""
        named = [f"?{key}={quote(value)}" for key in keys for value in self.choices.get(key, ())]
        return ["", f"?site={UNKNOWN}", *dict.fromkeys(named)]

    def some(self, keys: Iterable[str]) -> list[str]:
        """Of `searches`, none and the first value of each key."""
        firsts = [(key, self.choices[key][0]) for key in keys if self.choices.get(key)]
        return ["", *dict.fromkeys(f"?{key}={quote(value)}" for key, value in firsts)]

    def of_panel(self, panel: Any) -> list[str]:
        """The searches that a panel is asked with: every value of each key, where `is_deep`."""
        return self.searches(keys_of(panel)) if self.is_deep else self.kinds(panel)

    def kinds(self, panel: Any) -> list[str]:
        """None, and the first value of each key; where not `is_deep`, of all keys at once."""
        some = self.some(keys_of(panel))
        return some if self.is_deep else ["", self.together(panel)]

    def tables(self, panel: Any) -> list[str]:
        """Those of `kinds` with which a panel is asked for as a table."""
        return self.some(["arm"]) if self.is_deep else self.kinds(panel)

    def together(self, panel: Any) -> str:
        """The first value of each key of a panel in one address."""
        return "?" + "&".join(search[1:] for search in self.some(keys_of(panel))[1:])


def every_answer(visitor: Visitor, questions: Questions) -> Iterator[Answer]:
    """Everything that a visitor can get from an app."""
    yield from pages(visitor, questions)
    yield from panels(visitor, questions)
    yield from callbacks(visitor, questions)


def pages(visitor: Visitor, questions: Questions) -> Iterator[Answer]:
    """Every route that is asked with an address, every page, and one that does not exist."""
    paths = [rule.rule for rule in visitor.app.server.url_map.iter_rules() if "GET" in rule.methods]
    plain = [path for path in paths if "<" not in path and "sign-out" not in path]
    known = [page.PATH for page in factory.PAGES]
    wrong = [f"/{UNKNOWN}", "/export/", "/_dash-update-component", "/assets/rapport.js"]
    for path in dict.fromkeys([*plain, *known, *wrong]):
        if not any(name in path for name in NOT_OURS):
            yield visitor.get(path)
    for path in known:
        yield visitor.get(f"{path}{questions.some(['arm'])[-1]}")


def keys_of(panel: Any) -> list[str]:
    """Keys of the address that a panel reads, and the arm."""
    return [*dict.fromkeys([*panel.uses, "arm", *panel.choices])]


def panels(visitor: Visitor, questions: Questions) -> Iterator[Answer]:
    """Every panel as chart or content with every choice, as CSV with each kind of choice.

    As a table it is asked for without a choice and with an arm (or all kinds at once): its rows are
    those of the CSV, which has every column. One panel after the other, so that what was read for one
    answer serves the next. A panel that is not there for somebody is asked once more, with all kinds
    of choices at once.
    """
    yield visitor.panel(UNKNOWN)
    yield visitor.export(UNKNOWN)
    for panel in every_panel():
        plain = visitor.panel(panel.id)
        yield plain
        is_there = plain.status != 404
        kinds = questions.kinds(panel) if is_there else [questions.together(panel)]
        tables = questions.tables(panel) if is_there else kinds
        for search in kinds:
            yield visitor.panel(panel.id, search)
            if search in tables:
                yield visitor.panel(panel.id, search, "table")
            yield visitor.export(panel.id, search)
        for search in questions.of_panel(panel) if is_there else ():
            if search not in kinds:
                yield visitor.panel(panel.id, search)


def every_panel() -> list[Any]:
    return [panel for page in factory.PAGES for panel in page.PANELS]


def callbacks(visitor: Visitor, questions: Questions) -> Iterator[Answer]:
    """Every other callback with a function on the server, and one that does not exist."""
    yield visitor.call(f"{UNKNOWN}.children", [{"id": "url", "property": "search", "value": ""}])
    ours = {panel.id for panel in every_panel()}
    for output, wired in visitor.app.callback_map.items():
        if "callback" not in wired or any(is_of_panel(output, name) for name in ours):
            continue
        for values in _values(wired, questions):
            inputs = [_given(one, values) for one in wired["inputs"]]
            yield visitor.call(output, inputs, [_given(one, values) for one in wired["state"]])


def _values(wired: dict[str, Any], questions: Questions) -> list[dict[str, Any]]:
    """Values of the inputs that matter: each page, each search; a click is a click."""
    names = {(one["id"], one["property"]) for one in wired["inputs"]}
    if ("url", "pathname") in names:
        return [{"pathname": path} for path in (*(p.PATH for p in factory.PAGES), f"/{UNKNOWN}")]
    if ("url", "search") in names:
        return [{"search": search} for search in questions.searches(questions.choices)]
    return [{}]


def _given(wired: dict[str, Any], values: dict[str, Any]) -> Any:
    name = wired["id"]
    named = json.loads(name) if name[:1] == "{" else name
    prop = wired["property"]
    value = values.get(prop, 1 if prop == "n_clicks" else None)
    if isinstance(named, dict) and any(isinstance(part, list) for part in named.values()):
        filled = {key: UNKNOWN if isinstance(part, list) else part for key, part in named.items()}
        return [{"id": filled, "property": prop, "value": value}]
    return {"id": named, "property": prop, "value": value}


def leaks(answers: Iterable[Answer], markers: Iterable[str]) -> dict[str, list[str]]:
    """By marker, what was asked where an answer holds it. Letters' case does not matter."""
    small = {marker: marker.casefold() for marker in markers}
    found: dict[str, list[str]] = {marker: [] for marker in small}
    for answer in answers:
        for marker, wanted in small.items():
            if wanted in answer.folded:
                found[marker].append(f"{answer.asked} → {answer.status}")
    return found
