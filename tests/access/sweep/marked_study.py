"""The tiny sample study with unmistakable names for everything that tells an arm.

Ids, labels and masked labels of the arms, an arm's own feature and events, the file that they came
in: each is a string that occurs nowhere else, so that a page that holds one gives the arm away.
"""

import csv
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from etl.build import build
from etl.editions import make_editions
from etl.fit import fit
from etl.load import load
from study.definition import Study
from study.file import load_study
from warehouse.workspace import Workspace

TINY = Path(__file__).parents[3] / "sample_data" / "tiny"
ARM_IDS = ("zqarmone", "zqarmtwo")
MARKERS = (
    *ARM_IDS,
    "ZQLABELONE",
    "ZQLABELTWO",
    "ZQMASKONE",
    "ZQMASKTWO",
    "zqfeature",
    "ZQFEATURELABEL",
    "zqmappedevent",
    "zqstrayevent",
)
"""Whatever a masked viewer must never receive, in any case of letters."""
SHOWN = tuple(name for name in MARKERS if not name.startswith("ZQMASK") and name != "zqmappedevent")
"""Those of them that whoever may see the arms does meet: masked labels are for nobody who sees the
true ones, and names of events that the study file maps are on no page."""
ARMS = f"""
[[arms]]
id = "{ARM_IDS[0]}"
label = "ZQLABELONE"
masked_label = "ZQMASKONE"
[[arms]]
id = "{ARM_IDS[1]}"
label = "ZQLABELTWO"
masked_label = "ZQMASKTWO"
"""
FEATURE = """
[[features]]
id = "zqfeature"
label = "ZQFEATURELABEL"
principle = "rewards"
exposure_stage = "seen"
[features.stages]
seen = { event = "zqmappedevent" }

"""
PRESET = f"""
[[models]]
id = "of_{ARM_IDS[0]}"
outcome = "humanness"
window_days = 7
transform = "count"
"""


@dataclass(frozen=True)
class Marked:
    """The study, loaded, built and fitted in all editions. `arm_of` is who is in which arm."""

    study: Study
    workspace: Workspace
    arm_of: dict[str, str]
    site_of: dict[str, str]


def make(folder: Path) -> Marked:
    """Write, load, build, mask and fit it in a folder."""
    shutil.copytree(TINY / "exports", folder / "exports")
    (folder / "study.toml").write_text(_study_text(), encoding="utf-8")
    roster = _mark_roster(folder / "exports" / "roster.csv")
    _write_events(folder / "exports" / f"events-{ARM_IDS[0]}.csv", roster)
    study, workspace = load_study(folder), Workspace(folder / "workspace")
    load(study, workspace)
    build(study, workspace)
    fit(study, workspace)
    make_editions(study, workspace)
    return Marked(
        study,
        workspace,
        {who: row["arm"] for who, row in roster.items()},
        {who: row["site"] for who, row in roster.items()},
    )


def _study_text() -> str:
    text = (TINY / "study.toml").read_text(encoding="utf-8")
    text = text.replace('title = "COVE', 'title = "ZQLABELONE against ZQLABELTWO: COVE')
    before, _, after = text.partition("[[arms]]")
    text = before + ARMS.lstrip() + "\n[[sites]]" + after.partition("[[sites]]")[2]
    before, mark, after = text.partition("[[features]]")
    text = before + FEATURE.lstrip() + mark + after
    before, mark, after = text.partition("[privacy]")
    text = before + PRESET.lstrip() + "\n" + mark + after
    return text.replace("\napp = [1", f"\n{ARM_IDS[0]} = [1").replace(
        "\nreading = [1", f"\n{ARM_IDS[1]} = [1"
    )


def _mark_roster(path: Path) -> dict[str, dict[str, str]]:
    """Rename the arms in the roster; its rows by participant, those that a load keeps."""
    names = {"app": ARM_IDS[0], "reading": ARM_IDS[1]}
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    arm = head.index("arm")
    for row in rows:
        row[arm] = names.get(row[arm], row[arm])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    kept = [dict(zip(head, row, strict=False)) for row in rows[:24]]
    return {row["participant"]: row for row in kept}


def _write_events(path: Path, roster: dict[str, dict[str, str]]) -> None:
    """Events of one arm only: those of its own feature, and some that the study file leaves out."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["event_id", "user_id", "event", "client_time", "received_at", "tz", "kind", "screen"]
        )
        for who, row in roster.items():
            if row["arm"] != ARM_IDS[0]:
                continue
            for number in range(8):
                at = datetime.fromisoformat(row["randomised_on"]) + timedelta(
                    days=1 + 2 * number, hours=9
                )
                for event in ("zqmappedevent", "zqstrayevent"):
                    key = f"{who}-{event}-{number}"
                    time = f"{at:%Y-%m-%dT%H:%M:%SZ}"
                    writer.writerow([key, who, event, time, time, "Europe/London", "", ""])
