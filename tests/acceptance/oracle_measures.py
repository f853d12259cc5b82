"""The oracle's part on what was due, what was answered, and who adhered."""

import math
from collections import defaultdict
from datetime import timedelta
from functools import cached_property

from tests.acceptance.oracle_exports import NOT_APPLICABLE
from tests.acceptance.oracle_use import Rows, Use


def nth(values, number):
    return values[number] if number < len(values) else None


def mean(values):
    return math.fsum(values) / len(values)


class Measures(Use):
    """The ledger, scores and adherence."""

    # --- the ledger ---------------------------------------------------------------------------

    @cached_property
    def fct_ledger(self) -> Rows:
        rows = [*self._sessions_due(), *self._surveys_due()]
        return [
            {key: row[key] for key in row if key != "is_late"} | {"status": self._status(row)}
            for row in rows
        ]

    def _sessions_due(self):
        intended = self.study.intended_use
        events = defaultdict(list)
        for event in self.events if intended else []:
            when = self.when(event.participant, event.day)
            if when["study_day"] >= 0:
                for step in self.steps(event):
                    events[event.participant, when["study_week"], step].append(event.at)
        for person in self.people.values() if intended else []:
            due = intended.sessions.get(person.arm, intended.sessions.get("everyone", ()))
            for week, start in self.weeks_at_risk(person):
                end = start + timedelta(days=6)
                n_due = 0 if week >= len(due) or self.is_cut(person, end) else due[week]
                for number in range(n_due):
                    yield {
                        "participant_id": person.participant,
                        "kind": "session",
                        "instrument_id": None,
                        "survey_id": None,
                        "study_week": week,
                        "sequence": number + 1,
                        "due_date": end,
                        "window_start": start,
                        "window_end": end,
                        **{
                            f"{step}_at": nth(events[person.participant, week, step], number)
                            for step in ("delivered", "opened", "done")
                        },
                        "is_late": False,
                    }

    def _surveys_due(self):
        for person in self.people.values():
            for instrument in self.study.instruments:
                for survey in self._windows(person, instrument):
                    found = self._survey_done.get((person.participant, survey["survey_id"]))
                    yield {
                        "participant_id": person.participant,
                        "kind": "survey",
                        "instrument_id": instrument.id,
                        **{key: survey[key] for key in ("survey_id", "study_week")},
                        "sequence": 1,
                        "due_date": survey["due_date"],
                        "window_start": survey["window_start"],
                        "window_end": survey["window_end"],
                        "delivered_at": None,
                        "opened_at": None,
                        "done_at": found and found["answered_at"],
                        "is_late": bool(found) and found["local_date"] > survey["window_end"],
                    }

    def _windows(self, person, instrument):
        """The surveys of an instrument that fell due before the data end and before leaving."""
        schedule = instrument.schedule
        left = self.left_study(person)
        for week in sorted(schedule.weeks) if schedule else []:
            due = self.week_start(person, week)
            start = due - timedelta(days=schedule.window_days[0])
            if start <= self.last_day_of_surveys and (left is None or due <= left):
                yield {
                    "survey_id": f"{instrument.id}-week-{week}",
                    "study_week": week,
                    "due_date": due,
                    "window_start": start,
                    "window_end": due + timedelta(days=schedule.window_days[1]),
                }

    def _status(self, row):
        is_late = row["is_late"]
        if row["done_at"] is not None:
            return "late" if is_late else "done"
        is_session = row["kind"] == "session"
        if row["window_end"] > (self.last_whole_day if is_session else self.surveys_known_until):
            return "open"
        site = self.people[row["participant_id"]].site
        is_excused = any(
            one.site in (None, site)
            and one.from_date <= row["window_end"]
            and row["window_start"] <= one.to_date
            for one in self.study.excused
        )
        return "excused" if is_excused else "missed"

    # --- scores -------------------------------------------------------------------------------

    @cached_property
    def _occasions(self):
        """Fillings-in with at least one answer, in order of time, with their survey."""
        answers = defaultdict(list)
        for one in self.answers:
            answers[one.participant, one.instrument, one.occasion].append(one)
        found = []
        for (participant, instrument, occasion), of in answers.items():
            if any(one.value is not None for one in of):
                first = min(of, key=lambda one: one.at)
                found.append(
                    {
                        "participant_id": participant,
                        "instrument_id": instrument,
                        "occasion_id": occasion,
                        "answered_at": first.at,
                        "local_date": first.day,
                        "answers": {one.item: one.value for one in of},
                    }
                )
        return sorted(found, key=lambda one: (one["answered_at"], one["occasion_id"]))

    @cached_property
    def _survey_of(self):
        """The survey that each occasion satisfies: the first one since its window opened does."""
        taken = {}
        for person in self.people.values():
            for instrument in self.study.instruments:
                windows = list(self._windows(person, instrument))
                for one in self._occasions:
                    if (one["participant_id"], one["instrument_id"]) != (
                        person.participant,
                        instrument.id,
                    ):
                        continue
                    open_ = [x for x in windows if x["window_start"] <= one["local_date"]]
                    key = (person.participant, open_[-1]["survey_id"]) if open_ else None
                    if key and key not in taken:
                        taken[key] = one
        return taken

    @property
    def _survey_done(self):
        return self._survey_of

    @cached_property
    def fct_scores(self) -> Rows:
        surveys = {id(one): key[1] for key, one in self._survey_of.items()}
        numbers: dict[tuple, int] = defaultdict(int)
        rows = []
        for one in self._occasions:
            numbers[one["participant_id"], one["instrument_id"]] += 1
            instrument = next(x for x in self.study.instruments if x.id == one["instrument_id"])
            rows += [
                {
                    **{key: one[key] for key in ("participant_id", "instrument_id", "occasion_id")},
                    "scale_id": scale.id,
                    "occasion_number": numbers[one["participant_id"], one["instrument_id"]],
                    "answered_at": one["answered_at"],
                    "local_date": one["local_date"],
                    **self.when(one["participant_id"], one["local_date"]),
                    "survey_id": surveys.get(id(one)),
                    **score(instrument, scale, one["answers"]),
                }
                for scale in instrument.scales
            ]
        return rows

    @cached_property
    def fct_item_answers(self) -> Rows:
        surveys = {id(one): key[1] for key, one in self._survey_of.items()}
        numbers: dict[tuple, int] = defaultdict(int)
        rows = []
        for one in self._occasions:
            numbers[one["participant_id"], one["instrument_id"]] += 1
            instrument = next(x for x in self.study.instruments if x.id == one["instrument_id"])
            rows += [
                {
                    **{key: one[key] for key in ("participant_id", "instrument_id", "occasion_id")},
                    **self.group(one["participant_id"]),
                    "occasion_number": numbers[one["participant_id"], one["instrument_id"]],
                    "survey_id": surveys.get(id(one)),
                    "item_id": item,
                    "keyed_value": keyed(instrument, item, value),
                    "is_not_applicable": value == NOT_APPLICABLE,
                }
                for item, value in one["answers"].items()
                if value is not None
            ]
        return rows

    @cached_property
    def fct_dimension_scores(self) -> Rows:
        rows = []
        for dimension, of in self.study.dimensions.items():
            instrument_id, scale_id = of.scales[0].split(".")
            instrument = next(x for x in self.study.instruments if x.id == instrument_id)
            scale = next(x for x in instrument.scales if x.id == scale_id)
            ends = [
                scale.multiplier
                * (len(scale.items) ** (scale.aggregate == "sum") * x + scale.shift)
                for x in (instrument.low, instrument.high)
            ]
            for one in self.fct_scores:
                if (one["instrument_id"], one["scale_id"]) == (instrument_id, scale_id):
                    kept = {
                        k: v for k, v in one.items() if k not in ("occasion_number", "survey_id")
                    }
                    group = self.group(one["participant_id"])
                    bounds = {"low": float(min(ends)), "high": float(max(ends))}
                    rows.append({"dimension_id": dimension, **kept, **group, **bounds})
        return rows

    # --- adherence ----------------------------------------------------------------------------

    @cached_property
    def fct_adherence(self) -> Rows:
        rows = []
        for person in self.people.values() if self.study.intended_use else []:
            weeks = [
                x for x in self.fct_participant_weeks if x["participant_id"] == person.participant
            ]
            closed = [
                one["status"] == "done"
                for one in self.fct_ledger
                if (one["participant_id"], one["kind"]) == (person.participant, "session")
                and one["status"] != "excused"
                and one["window_end"] <= self.last_whole_day
            ]
            for definition in self.study.adherence:
                value = self._adherence(person, definition, weeks, closed)
                rows.append(
                    {
                        "participant_id": person.participant,
                        "definition_id": definition.id,
                        "value": value,
                        "is_evaluable": value is not None,
                        "is_adherent": None if value is None else value >= definition.threshold,
                    }
                )
        return rows

    def _adherence(self, person, definition, weeks, closed):
        whole = [one for one in weeks if one["is_complete_week"]]
        if definition.rule == "share_done":
            return mean(closed) if closed else None
        if definition.rule == "weeks_active":
            return (
                mean([one["n_sessions"] >= definition.minimum for one in whole]) if whole else None
            )
        if definition.rule == "persistent":
            last = whole[-int(definition.minimum) :]
            return (
                mean([one["is_active"] for one in last])
                if len(last) >= definition.minimum
                else None
            )
        minutes = sum(one["active_s"] for one in weeks) / 60
        end = self.week_start(person, self.calendar.planned_weeks) - timedelta(days=1)
        is_over = min(end, person.withdrawn or end) <= self.last_whole_day
        return minutes if is_over or minutes >= definition.threshold else None


def keyed(instrument, item, value):
    """An answer in the direction of the scale; none where the item does not apply."""
    if value == NOT_APPLICABLE:
        return None
    return instrument.low + instrument.high - value if item in instrument.reverse else value


def score(instrument, scale, answers):
    """One scale of one filling-in; items that do not apply are left out and not needed."""
    given = {item: answers.get(item) for item in scale.items}
    applicable = [item for item, value in given.items() if value != NOT_APPLICABLE]
    values = [
        keyed(instrument, item, given[item]) for item in applicable if given[item] is not None
    ]
    needed = scale.min_items or math.ceil(instrument.min_items_share * len(scale.items))
    result = None
    if values and len(values) * len(scale.items) >= needed * len(applicable):
        whole = mean(values) * (len(scale.items) if scale.aggregate == "sum" else 1)
        result = scale.multiplier * (whole + scale.shift)
    return {
        "score": result,
        "n_items_answered": len(values),
        "n_items": len(scale.items),
        "is_complete": len(values) == len(applicable) > 0,
    }
