"""How long the multiverse of one outcome takes, beside the declared model alone.

    python -m benchmarks.multiverse sample_data/harbour WORKSPACE

WORKSPACE is one into which the study was loaded (`rapport load STUDY --workspace WORKSPACE`).
"""

import argparse
import time
from pathlib import Path

from access.viewer import local_viewer
from etl.analyses.multiverse import MULTIVERSE
from models import alliance
from models.multiverse.compute import SCORES, of_outcome, window_name
from models.spec import ModelSpec
from study.file import load_study
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

REPEATS = 3


def main() -> None:
    """Print processor seconds: reading, one declared model, all specifications, and 48 of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="folder of a study")
    parser.add_argument("workspace", type=Path, help="into which it was loaded")
    given_paths = parser.parse_args()
    study = load_study(given_paths.study)
    con = MartReader(Workspace(given_paths.workspace)).cursor()
    began = time.process_time()
    given = MULTIVERSE.read(study, con, local_viewer())
    print(f"reading scores and windows  {time.process_time() - began:6.2f} s")
    spec: ModelSpec = given.options["models"][0]
    rows = given.frames[SCORES].filter(dimension_id=spec.outcome)
    exposures = given.frames[window_name(spec.window_days, spec.lag_days)]
    frame = rows.join(exposures, on=["participant_id", "local_date"])
    declared = min(_seconds(lambda: alliance.fit_alliance(frame, spec)) for _ in range(REPEATS))
    print(f"the declared model          {declared:6.2f} s")
    outcome = of_outcome(given.frames, spec)
    every = min(_seconds(lambda: of_outcome(given.frames, spec)) for _ in range(REPEATS))
    n = len(outcome.specifications)
    print(f"{n} specifications          {every:6.2f} s ({every / declared:.1f} declared models)")
    print(f"48 of them                  {every * 48 / n:6.2f} s")


def _seconds(call: object) -> float:
    began = time.process_time()
    assert callable(call)
    call()
    return time.process_time() - began


if __name__ == "__main__":
    main()
