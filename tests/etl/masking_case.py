"""A small trial whose arms are named by a marker wherever an arm can be written."""

import itertools
from pathlib import Path

from study.definition import Study
from study.file import load_study
from warehouse.workspace import Workspace

MARKER = "ZQX"
ARMS = ("ZQXARMONE", "ZQXARMTWO")
STUDY = """
schema = 1
[study]
id = "marked"
title = "Trial of ZQXARMONE against ZQXARMTWO"
planned_weeks = 4
follow_up_weeks = 6
[[arms]]
id = "ZQXARMONE"
label = "The ZQXARMONE programme"
masked_label = "ZQXGROUP A"
[[arms]]
id = "ZQXARMTWO"
label = "ZQXARMTWO, waiting"
masked_label = "ZQXGROUP B"
[[sites]]
id = "north"
label = "North (mostly ZQXARMONE)"
[[sites]]
id = "south"
label = "South"
[[sources]]
id = "roster-ZQXARMONE"
kind = "roster"
path = "exports/roster-ZQXARMONE.csv"
participant = "pid"
[sources.roster]
enrolled = "enrolled"
arm = "arm"
site = "site"
withdrawn = "withdrawn"
withdrawal_kind = "kind"
covariates = { therapist = "ZQX_therapist", age = "age", remark = "remark" }
[[sources]]
id = "app"
kind = "events"
path = "exports/events-*.csv"
participant = "pid"
[sources.events]
name = "event"
time = "time"
properties = ["screen"]
[[sources]]
id = "answers-zqxarmtwo"
kind = "answers"
path = "exports/answers-ZQXARMTWO.csv"
participant = "pid"
[sources.answers]
shape = "long"
instrument = "instrument"
item = "item"
value = "value"
time = "time"
occasion = "occasion"
[[features]]
id = "praise"
label = "Praise"
principle = "praise"
stages = { seen = { event = "praise_shown" } }
[[features]]
id = "ZQX_coach"
label = "Coach of ZQXARMONE"
principle = "social_role"
stages = { seen = { event = "ZQXARMONE_coach" } }
[[features]]
id = "library"
label = "Library (ZQXARMTWO)"
principle = "expertise"
stages = { seen = { event = "screen", where = { screen = "ZQXARMTWO_library" } } }
[[features]]
id = "quiz"
label = "Quiz"
principle = "rehearsal"
stages = { seen = { event = "quiz_done" } }
[[instruments]]
id = "mood"
label = "Mood, also in ZQXARMTWO"
items = 2
low = 1
high = 5
schedule = { weeks = [1, 3] }
[[instruments.scales]]
id = "total"
label = "ZQXARMONE total"
items = [1, 2]
[[instruments]]
id = "zqx_satisfaction"
label = "Satisfaction with ZQXARMONE"
items = 1
low = 1
high = 5
[[instruments.scales]]
id = "total"
label = "Total"
items = [1]
[dimensions]
alliance = { scales = ["mood.total", "zqx_satisfaction.total"] }
humanness = { scales = ["zqx_satisfaction.total"] }
[[hypotheses]]
principle = "social_role"
dimension = "humanness"
[intended_use]
justification = "ZQXARMONE does four sessions, ZQXARMTWO two."
done = "session_done"
[intended_use.sessions]
ZQXARMONE = [1, 1, 1, 1]
ZQXARMTWO = [1, 1]
[[adherence]]
id = "protocol"
label = "Protocol of ZQXARMONE"
rule = "share_done"
threshold = 0.8
justification = "As ZQXARMTWO did"
[[adherence]]
id = "dose"
label = "Minutes"
rule = "minutes"
threshold = 60
justification = "Made up"
[[excused]]
from = 2025-01-10
to = 2025-01-11
reason = "ZQXARMONE server down"
[[covariates]]
id = "therapist"
label = "Therapist"
kind = "category"
[[covariates]]
id = "age"
label = "Age"
kind = "number"
[[covariates]]
id = "remark"
label = "Remark"
kind = "category"
[[variants]]
id = "ZQXARMONE_wording"
label = "Wording of ZQXARMONE"
feature = "praise"
property = "screen"
value = "ZQXARMONE"
[[models]]
id = "map"
covariates = ["age", "therapist"]
[[models]]
id = "ZQXARMONE_effect"
features = ["praise"]
[[models]]
id = "coach"
features = ["ZQX_coach"]
[[models]]
id = "declared"
outcome = "alliance"
family = "confirmatory"
hypotheses = ["ZQX_coach"]
[privacy]
participant_ids = "as_given"
"""
N_PARTICIPANTS = 24


def marked_study(folder: Path) -> Study:
    """The study, with its exports beside it."""
    exports = folder / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    people = [(f"p{number:02}", ARMS[number // 2 % 2]) for number in range(N_PARTICIPANTS)]
    roster = ["pid,enrolled,arm,site,withdrawn,kind,ZQX_therapist,age,remark"]
    events = ["pid,event,time,screen"]
    answers = ["pid,instrument,item,value,time,occasion"]
    for number, (name, arm) in enumerate(people):
        gone = "2025-01-25,left ZQXARMTWO" if number == 5 else ","
        remark = "likes ZQXARMTWO" if number == 7 else f"note {number % 3}"
        roster.append(
            f"{name},2025-01-06,{arm},{('north', 'south')[number % 2]},{gone},t-{arm},{30 + number % 9},{remark}"
        )
        events += _events(name, arm)
        answers += _answers(name, arm, number)
    roster.append("p98,2025-01-06,ZQXARMNINE,north,,,x,30,x")
    answers.append("p00,mood,1,ZQX,2025-01-14 10:00,ZQXARMONE-bad")
    _write(exports / "roster-ZQXARMONE.csv", roster)
    _write(exports / "events-ZQXARMONE.csv", events)
    _write(exports / "answers-ZQXARMTWO.csv", answers)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return load_study(folder)


def _events(name: str, arm: str) -> list[str]:
    n_weeks = 4 if arm == ARMS[0] else 2
    found = []
    for week, minute in itertools.product(range(n_weeks), range(3)):
        day = f"2025-01-{6 + 7 * week:02} 10:0{minute}"
        found += [f"{name},praise_shown,{day},ZQXARMONE", f"{name},quiz_done,{day},"]
        only = "ZQXARMONE_coach" if arm == ARMS[0] else "ZQXARMTWO_only"
        screen = "ZQXARMTWO_library" if arm == ARMS[1] else "home"
        found += [f"{name},{only},{day},", f"{name},screen,{day},{screen}"]
        found += [f"{name},session_done,2025-01-{6 + 7 * week:02} 10:04,"] * (minute == 2)
    return found


def _answers(name: str, arm: str, number: int) -> list[str]:
    found = []
    for week, day in ((1, "2025-01-13"), (3, "2025-01-27")):
        found += [
            f"{name},mood,{item},{1 + (number + item + week) % 5},{day} 12:00,{arm}-week-{week}"
            for item in (1, 2)
        ]
    # After each session of the longer arm, also when nothing is scheduled.
    if arm == ARMS[0]:
        found += [f"{name},mood,{item},3,2025-01-28 12:00,{arm}-extra" for item in (1, 2)]
        found.append(f"{name},zqx_satisfaction,1,4,2025-01-14 12:00,{arm}-s")
    return found


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def files_below(workspace: Workspace) -> list[Path]:
    """Every file of an edition's folder, its links left out."""
    return [path for path in workspace.root.rglob("*") if path.is_file() and not path.is_symlink()]
