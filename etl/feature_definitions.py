"""What the features of each build mean is kept, so that the dictionary can say what changed."""

import polars as pl

from access.viewer import local_viewer
from queries import dictionary
from queries.facts import study_facts
from study import feature_history
from study.feature_history import Definitions
from warehouse.reader import MartReader
from warehouse.workspace import Workspace


def keep_definitions(workspace: Workspace) -> bool:
    """Keep what the current build's features mean; says whether that differs from before.

    Raises
    ------
    UserError
        If nothing was built yet, or the file of definitions is damaged.
    """
    con = MartReader(workspace).cursor()
    facts = study_facts(con)
    frame = dictionary.feature_dictionary(con, local_viewer())
    new = Definitions(facts.build_id, facts.as_of_date, meanings(frame))
    return feature_history.append(workspace.results, new)


def meanings(frame: pl.DataFrame) -> dict[str, dict[str, str]]:
    """What each feature means, as text by name.

    Parameters
    ----------
    frame
        As `queries.dictionary.feature_dictionary` returns. Not modified.
    """
    found: dict[str, dict[str, str]] = {}
    for rows in frame.partition_by("feature_id", maintain_order=True):
        first = rows.row(0, named=True)
        counting = rows.filter("is_exposure")["stage"]
        found[first["feature_id"]] = {
            "label": first["feature_label"],
            "principle": first["principle_id"],
            "counts as exposure": counting[0] if counting.len() else "",
            "always on": "yes" if first["is_always_on"] else "no",
            **{
                f"stage {stage['stage'][0]}": "; ".join(_events(stage))
                for stage in rows.partition_by("stage", maintain_order=True)
            },
        }
    return found


def _events(stage: pl.DataFrame) -> list[str]:
    said = []
    for rows in stage.partition_by("event_like", "valid_from", "valid_to", maintain_order=True):
        first = rows.row(0, named=True)
        asked = [
            f"{name} = {value}"
            for name, value in rows.select("property", "property_value").iter_rows()
            if name is not None
        ]
        versions = [
            f"{word} {first[column]}"
            for word, column in (("from", "valid_from"), ("to", "valid_to"))
            if first[column] is not None
        ]
        name = first["event_like"].replace("\\_", "_").replace("%", "*")
        said.append(" ".join([name, *([f"where {', '.join(asked)}"] if asked else []), *versions]))
    return said
