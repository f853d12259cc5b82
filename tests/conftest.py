"""What several packages' tests share: the tiny study, loaded, built and fitted once a worker."""

import os
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")

ROOT = Path(__file__).parents[1]
TINY = ROOT / "sample_data" / "tiny"
