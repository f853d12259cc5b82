"""From the ids of the sources to what the raw tables call a participant."""

import re
from dataclasses import dataclass, field

import duckdb
import polars as pl

from etl.identity.key import Keys, key_path, make_keys, missing_key, new_keys, read_keys
from etl.identity.maps import IdMaps, read_maps
from etl.identity.pseudonym import pseudonym
from etl.identity.tombstones import of_id, of_kept, of_source_id, read_tombstones
from queries import sqlfile
from study.definition import Study
from study.errors import UserError
from warehouse.workspace import Workspace

SHOWN_ERASED = "erased"
"""What stands in a path in place of the id of somebody who was erased."""
DATE_DIGITS = 4
"""Numbers no longer than this may be days and years in a file's name, though they may be ids."""
_NUMBER = re.compile(r"\d+")
_TIME = r"(?:[T_ -]\d\d[-.:h]?\d\d(?:[-.:]?\d\d)?)?"
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])(?:\1(?:0[1-9]|[12]\d|3[01]))?"
    r"|(?:0?[1-9]|[12]\d|3[01])([-_.])(?:0?[1-9]|1[0-2])\2(?:19|20)\d\d)" + _TIME + r"(?!\d)"
    r"|[A-Z][a-z]{2,8} \d{1,2}, \d{4}" + _TIME
)
"""A date in a file's name, with or without a day, and the time of day after it."""
_WORD = re.compile(r"[^\W_]+")


@dataclass
class Identities:
    """What every id of every source stands for, in one study and workspace.

    `digest` changes when the same id becomes somebody else for another reason than an id map:
    another key, or `privacy.participant_ids`. `erased` holds what `known_as` gives for those who
    were erased: their rows are refused.
    """

    digest: str
    erased: frozenset[str]
    maps: IdMaps = field(default_factory=IdMaps, repr=False)
    keys: Keys | None = field(default=None, repr=False)
    is_keyed: bool = False
    _known: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _owners: dict[str, str] = field(default_factory=dict, repr=False)

    def known_as(self, ids: pl.Series, source_id: str) -> pl.Series:
        """What the raw tables call the participants of a source's ids; NULL stays NULL.

        Parameters
        ----------
        ids
            Ids as the source gives them, without blanks around them.
        source_id
            The source that they come from: id maps speak of one source's ids.

        Raises
        ------
        UserError
            If two participants would get the same pseudonym.
        """
        if not self.is_keyed and not self.erased and not self.maps.of(source_id):
            return ids
        distinct = ids.drop_nulls().unique()
        if distinct.is_empty():
            return ids
        known = pl.Series([self.name_of(one, source_id) for one in distinct], dtype=pl.String)
        # A join takes half the time of `replace_strict`.
        names = pl.DataFrame({"given": distinct, "known": known})
        asked = pl.DataFrame({"given": ids})
        joined = asked.join(names, on="given", how="left", maintain_order="left")
        return joined["known"].alias(ids.name)

    def name_of(self, given: str, source_id: str) -> str:
        """`known_as` for one id."""
        place = (source_id, given)
        if place not in self._known:
            self._known[place] = self._name(given, source_id)
        return self._known[place]

    def participant(self, given: str, source_id: str) -> str:
        """The participant whose id it is, as the roster writes it: maps are followed once."""
        return self.maps.of(source_id).get(given, given)

    def kept(self, participant: str) -> str:
        """What the raw tables call a participant, erased or not."""
        if not self.is_keyed or self.keys is None:
            return participant
        name = pseudonym(self.keys.pseudonyms, participant)
        if self._owners.setdefault(name, participant) != participant:
            raise UserError(
                "Two participants of this study would get the same pseudonym, which happens to one "
                "study in millions. Make another key, with: rapport rekey"
            )
        return name

    def shown_path(self, path: str, source_id: str) -> str:
        """A file's path as it may be kept: parts that are a participant's id become their name.

        Some systems write one file or folder a participant. Ids are known once `known_as` saw them,
        so ask after the file was read.
        """
        if not self.is_keyed and not self.erased:
            return path
        return "/".join(self._shown_part(part, source_id) for part in path.split("/"))

    def _shown_part(self, part: str, source_id: str) -> str:
        stem, dot, suffix = part.partition(".")
        for given, rest in ((part, ""), (stem, dot + suffix)):
            if self._is_id(given, source_id):
                return self._shown(given, source_id) + rest
        return self._shown_within(part, source_id)

    def _shown_within(self, part: str, source_id: str) -> str:
        """An id between other words of a name; numbers as short as a date's come after dates."""
        words = [match.span() for match in _WORD.finditer(part)]
        for length in range(len(words), 0, -1):
            for first in range(len(words) - length + 1):
                begin, end = words[first][0], words[first + length - 1][1]
                given = part[begin:end]
                is_telling = not given.isdecimal() or len(given) > DATE_DIGITS
                if is_telling and self._is_id(given, source_id):
                    before = self._shown_within(part[:begin], source_id)
                    behind = self._shown_within(part[end:], source_id)
                    return before + self._shown(given, source_id) + behind
        return self._shown_numbers(part, source_id)

    def _shown_numbers(self, part: str, source_id: str) -> str:
        """An id that is a number, of whatever length, but for the numbers of a date."""
        dates = [match.span() for match in _DATE.finditer(part)]

        def shown(match: re.Match[str]) -> str:
            in_date = any(begin <= match.start() < end for begin, end in dates)
            is_other = in_date or not self._is_id(match[0], source_id)
            return match[0] if is_other else self._shown(match[0], source_id)

        return _NUMBER.sub(shown, part)

    def _is_id(self, given: str, source_id: str) -> bool:
        return (source_id, given) in self._known or given in self.maps.of(source_id)

    def _shown(self, given: str, source_id: str) -> str:
        name = self.name_of(given, source_id)
        return SHOWN_ERASED if name in self.erased else name

    def _name(self, given: str, source_id: str) -> str:
        participant = self.participant(given, source_id)
        name = self.kept(participant)
        if not self.erased or self.keys is None:
            return name
        key = self.keys.erased
        told_by = (
            of_id(key, participant),
            of_kept(key, name),
            of_source_id(key, source_id, given),
        )
        return next((one for one in told_by if one in self.erased), name)


def as_given() -> Identities:
    """Every id as it is: no map, no key, nobody erased."""
    return Identities(digest="as_given", erased=frozenset())


def load_identities(
    study: Study, workspace: Workspace | None, con: duckdb.DuckDBPyConnection | None = None
) -> Identities:
    """The identities of a study.

    Parameters
    ----------
    workspace
        Where the key lies; None for a look that keeps nothing, with a key of its own.
    con
        The open raw file of a load: only a load makes a key where there is none.

    Raises
    ------
    UserError
        If an id map contradicts itself, or the key is missing, unsafe or damaged.
    """
    is_keyed = study.privacy.participant_ids == "keyed"
    erased: frozenset[str] = frozenset()
    keys: Keys | None = new_keys() if is_keyed else None
    if workspace is not None:
        erased = read_tombstones(workspace).hashes
        keys = _keys(workspace, con, is_keyed=is_keyed, has_erased=bool(erased))
    digest = f"keyed {keys.fingerprint}" if is_keyed and keys else "as_given"
    return Identities(digest, erased, read_maps(study), keys, is_keyed)


def held_digest(con: duckdb.DuckDBPyConnection) -> str | None:
    """The `digest` that the rows of the raw tables were loaded with; None where there are none."""
    sqlfile.load("identity/keying.sql").execute(con)
    rows = sqlfile.load("identity/held_keying.sql").fetch(con)
    return None if rows.is_empty() else str(rows["digest"][0])


def _keys(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection | None,
    *,
    is_keyed: bool,
    has_erased: bool,
) -> Keys | None:
    keys = read_keys(workspace)
    if keys is not None:
        return keys
    if has_erased:
        raise missing_key(workspace, "participants were erased here whom only it tells")
    if not is_keyed:
        return None
    if con is None:
        raise UserError(
            f"There is no key at {key_path(workspace)}, so there are no pseudonyms. The first load "
            "makes it: run rapport load. If there was one, put it back from your copy."
        )
    if (held_digest(con) or "").startswith("keyed"):
        raise missing_key(workspace, "raw.duckdb holds pseudonyms that it gave")
    return make_keys(workspace)
