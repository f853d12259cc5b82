"""What a browser would send to the callback route: a right body for each callback."""

import json
from typing import Any

from dash import Dash

ROUTE = "/_dash-update-component"


def answered(app: Dash) -> list[str]:
    """Outputs of all callbacks that the server answers; the others run in the browser."""
    return [name for name, entry in app.callback_map.items() if "callback" in entry]


def body_of(app: Dash, output: str, value: Any = None) -> dict[str, Any]:
    """A body as Dash's own page sends it, with the same value for every input and state."""
    entry = app.callback_map[output]
    outputs = entry["output"]
    places = [_place(one.component_id_str(), one.component_property) for one in _listed(outputs)]
    return {
        "output": output,
        "outputs": places if isinstance(outputs, list) else places[0],
        "inputs": [_given(one, value) for one in entry["inputs"]],
        "state": [_given(one, value) for one in entry["state"]],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in entry["inputs"][:1]],
    }


def _listed(outputs: Any) -> list[Any]:
    return outputs if isinstance(outputs, list) else [outputs]


def _place(name: str, prop: str) -> Any:
    found: Any = json.loads(name) if name.startswith("{") else name
    if isinstance(found, dict) and any(isinstance(value, list) for value in found.values()):
        kinds = {value[0] for value in found.values() if isinstance(value, list)}
        one = {key: "x" if isinstance(value, list) else value for key, value in found.items()}
        return [{"id": one, "property": prop}] if "ALL" in kinds else {"id": one, "property": prop}
    return {"id": found, "property": prop}


def _given(declared: dict[str, str], value: Any) -> Any:
    place = _place(declared["id"], declared["property"])
    if isinstance(place, list):
        return [{**one, "value": value} for one in place]
    return {**place, "value": value}
