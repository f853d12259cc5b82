"""Asking a panel through Dash's own callback route, as a browser would, but without one."""

import json
from typing import Any

from dash import Dash


def panel_answer(app: Dash, panel_id: str, search: str = "", view: str | None = None) -> dict:
    """What the callback route gives for a panel: values by part, such as `["caption"]`."""
    mark = json.dumps(panel_id)
    names = [key for key in app.callback_map if f'"panel":{mark}' in key and '"caption"' in key]
    assert len(names) == 1, f"{panel_id} has {len(names)} callbacks"
    inputs = [
        {"id": "url", "property": "search", "value": search},
        {"id": {"panel": panel_id, "part": "view"}, "property": "value", "value": view},
        {"id": "build", "property": "data", "value": "fixture"},
    ]
    body = {
        "output": names[0],
        "outputs": _outputs(names[0]),
        "inputs": inputs,
        "changedPropIds": ["url.search"],
        "state": [],
    }
    response = app.server.test_client().post("/_dash-update-component", json=body)
    assert response.status_code == 200, response.text
    values: dict[str, Any] = {}
    for name, props in response.json["response"].items():
        values[json.loads(name)["part"]] = next(iter(props.values()))
    return values


def _outputs(name: str) -> list[dict[str, Any]]:
    outputs = []
    for output in name.strip(".").split("..."):
        component, prop = output.rsplit(".", 1)
        outputs.append({"id": json.loads(component), "property": prop})
    return outputs
