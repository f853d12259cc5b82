"""What a browser sends to the callback route, made of what the dashboard says of a callback."""

import json
from typing import Any


def body_of(callback: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The request of a callback; `values` by `component.property`, others are null."""
    return {
        "output": callback["output"],
        "outputs": [_place(name) for name in callback["output"].strip(".").split("...")],
        "inputs": [_given(one, values) for one in callback["inputs"]],
        "state": [_given(one, values) for one in callback["state"]],
        "changedPropIds": ["url.search"],
    }


def _place(name: str) -> dict[str, Any]:
    component, prop = name.rsplit(".", 1)
    return {"id": _as_id(component), "property": prop}


def _given(declared: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    value = values.get(f"{declared['id']}.{declared['property']}")
    return {"id": _as_id(declared["id"]), "property": declared["property"], "value": value}


def _as_id(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text
