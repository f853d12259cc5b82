"""What id maps (`[[identities]]`, `[sources.roster] ids`) ask of the rest of the study."""

from collections.abc import Iterator, Mapping

from study.definition import Study
from study.problems import Problem, show, unknown


def problems(study: Study) -> Iterator[Problem]:
    """Everything about id maps that their types alone cannot say."""
    known = [source.id for source in study.sources]
    mapped: dict[tuple[str, str], int] = {}
    for index, one in enumerate(study.identities):
        path = f"identities[{index}]"
        twice = [name for name in one.ids if mapped.setdefault((one.path, name), index) != index]
        yield from (
            Problem(
                f"{path}.ids.{name}",
                f"stands in identities[{mapped[one.path, name]}] too, for the same file. Keep one "
                "of them.",
            )
            for name in twice
        )
        others = {name: column for name, column in one.ids.items() if name not in twice}
        yield from _ids(study, others, f"{path}.ids", known)
        yield from _dropped(study, one.participant, f"{path}.participant")
    for index, roster in enumerate(study.sources):
        if roster.roster is None:
            continue
        path = f"sources[{index}].roster.ids"
        yield from _ids(study, roster.roster.ids, path, known)
        if roster.id in roster.roster.ids:
            yield Problem(
                f"{path}.{roster.id}",
                "names the roster itself, whose participants have their own ids. Remove it.",
            )


def _ids(study: Study, ids: Mapping[str, str], path: str, known: list[str]) -> Iterator[Problem]:
    for source, column in ids.items():
        if source not in known:
            yield unknown(f"{path}.{source}", source, "the id of a source", known)
        yield from _dropped(study, column, f"{path}.{source}")


def _dropped(study: Study, column: str, path: str) -> Iterator[Problem]:
    if column in study.privacy.drop:
        yield Problem(
            path,
            f"{show(column)} is also listed in privacy.drop, and it is needed to know whose rows "
            "are whose. Take it out there: an id map's columns are not kept.",
        )
