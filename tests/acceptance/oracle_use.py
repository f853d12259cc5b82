"""The oracle's part on use: time, sessions, exposures, weeks at risk and attrition.

For studies with a roster and `day_zero = "enrolled"`.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import pairwise

from study.psd import BY_ID
from tests.acceptance.oracle_exports import read_exports

Rows = list[dict]
ALONE = ("offered", "delivered")
"""What the app does by itself: no use."""


class Use:
    """The marts that need events alone, and those of weeks, which ask for `fct_ledger` too."""

    def __init__(self, study):
        self.study = study
        self.calendar = study.study
        self.exports = read_exports(study)
        events, answers = self.exports.events, self.exports.answers
        self.lock = None
        if self.calendar.as_of != "last_event":
            self.lock = date.fromisoformat(self.calendar.as_of)
            events = [one for one in events if one.day <= self.lock]
            answers = [one for one in answers if one.day <= self.lock]
        self.events = sorted(events, key=lambda one: (one.participant, one.at, one.place))
        self.answers = answers

    # --- time ---------------------------------------------------------------------------------

    @cached_property
    def as_of(self) -> date:
        return self.lock or max(one.day for one in self.events)

    @cached_property
    def first_logged(self) -> date:
        return min(one.day for one in self.events)

    @cached_property
    def last_whole_day(self) -> date:
        """The last day that the log holds whole."""
        return self.lock or self.as_of - timedelta(days=1)

    @cached_property
    def surveys_known_until(self) -> date:
        last = max((one.day for one in self.answers), default=self.as_of)
        return self.lock or max(self.as_of, last) - timedelta(days=1)

    @cached_property
    def last_day_of_surveys(self) -> date:
        """The last day of which anything is known, be it in part."""
        return self.lock or self.surveys_known_until + timedelta(days=1)

    def day(self, person, day):
        return None if day is None else (day - person.enrolled).days

    def week_start(self, person, week):
        start = person.enrolled
        if self.calendar.week_rule == "calendar":
            start -= timedelta(days=start.weekday())
        return start + timedelta(weeks=week)

    def week(self, person, day):
        return (day - self.week_start(person, 0)).days // 7

    def when(self, participant, day):
        """Study day and week of a local date."""
        person = self.people[participant]
        return {"study_day": self.day(person, day), "study_week": self.week(person, day)}

    def group(self, participant):
        person = self.people[participant]
        cohort = f"{person.enrolled:%Y-%m}"
        return {"arm_id": person.arm, "site_id": person.site, "cohort": cohort}

    @cached_property
    def people(self):
        """Participants as known at the end of the data: a lock knows nothing later."""
        found = {}
        for name, one in sorted(self.exports.people.items()):
            if self.lock and one.enrolled > self.lock:
                continue
            is_later = self.lock and one.withdrawn and one.withdrawn > self.lock
            found[name] = replace(one, withdrawn=None, withdrawal_kind=None) if is_later else one
        return found

    def left_study(self, person):
        """The day of leaving the follow-up too; stopping the app alone is not that."""
        return None if person.withdrawal_kind == "stopped_app" else person.withdrawn

    # --- events -------------------------------------------------------------------------------

    def stages(self, event):
        """Features and the stage of each that an event shows."""
        for feature in self.study.features:
            for stage, pattern in feature.stages.items():
                said = {key: event.properties.get(key) for key in pattern.where}
                if fnmatchcase(event.name, pattern.event) and said == pattern.where:
                    yield feature, stage

    def steps(self, event):
        """Steps of a session that an event shows."""
        intended = self.study.intended_use
        for step in ("delivered", "opened", "done"):
            pattern = getattr(intended, step, None)
            if pattern and fnmatchcase(event.name, pattern):
                yield step

    def is_use(self, event):
        """Whether it was the participant's doing: nothing says so of what the app did alone."""
        shown = [stage not in ALONE or of.always_on for of, stage in self.stages(event)]
        shown += [step not in ALONE for step in self.steps(event)]
        return not shown or any(shown)

    @cached_property
    def fct_sessions(self) -> Rows:
        gap, cap = (
            self.calendar.session_gap_minutes * 60,
            self.calendar.session_idle_cap_minutes * 60,
        )
        groups: dict[str, list[list]] = defaultdict(list)
        for event in filter(self.is_use, self.events):
            of = groups[event.participant]
            if of and (event.at - of[-1][-1].at).total_seconds() <= gap:
                of[-1].append(event)
            else:
                of.append([event])
        return [
            self._session(number, events, cap)
            for of in groups.values()
            for number, events in enumerate(of, start=1)
        ]

    def _session(self, number, events, cap):
        first = events[0]
        pauses = [(b.at - a.at).total_seconds() for a, b in pairwise(events)]
        when = self.when(first.participant, first.day)
        return {
            "participant_id": first.participant,
            "session_number": number,
            "started_at": first.at,
            "ended_at": events[-1].at,
            "local_date": first.day,
            **when,
            "n_events": len(events),
            "duration_s": sum(min(one, cap) for one in pauses) if pauses else None,
            "is_single_event": len(events) == 1,
            "is_before_day_zero": when["study_day"] < 0,
        }

    @cached_property
    def fct_participant_days(self) -> Rows:
        days = defaultdict(list)
        for one in self.fct_sessions:
            days[one["participant_id"], one["local_date"]].append(one)
        return [
            {
                "participant_id": participant,
                "local_date": day,
                **self.when(participant, day),
                "n_sessions": len(of),
                "n_events": sum(one["n_events"] for one in of),
                "active_s": float(sum(one["duration_s"] or 0 for one in of)),
            }
            for (participant, day), of in days.items()
        ]

    @cached_property
    def fct_exposures(self) -> Rows:
        counts = Counter(
            (event.participant, event.day, feature.id, stage)
            for event in self.events
            for feature, stage in self.stages(event)
        )
        return [
            {
                "participant_id": participant,
                "local_date": day,
                **self.when(participant, day),
                "feature_id": feature,
                "stage": stage,
                "n_exposures": float(count),
            }
            for (participant, day, feature, stage), count in counts.items()
        ]

    @cached_property
    def fct_data_days(self) -> Rows:
        events = Counter(one.day for one in self.events)
        answers = Counter(one.day for one in self.answers)
        return [
            {"local_date": day, "n_events": events[day], "n_answers": answers[day]}
            for day in events | answers
        ]

    @cached_property
    def fct_unmapped_events(self) -> Rows:
        asked = [one.event for feature in self.study.features for one in feature.stages.values()]
        intended = self.study.intended_use
        asked += [getattr(intended, one, None) or "" for one in ("delivered", "opened", "done")]
        who = defaultdict(list)
        for event in self.events:
            if not any(fnmatchcase(event.name, pattern) for pattern in asked):
                who[event.name].append(event.participant)
        return [
            {"event_name": name, "n_events": len(of), "n_participants": len(set(of))}
            for name, of in who.items()
        ]

    # --- weeks --------------------------------------------------------------------------------

    def weeks_at_risk(self, person):
        """Planned weeks that began, and began no later than the withdrawal."""
        for week in range(self.calendar.planned_weeks):
            start = self.week_start(person, week)
            if start <= self.as_of and (person.withdrawn is None or start <= person.withdrawn):
                yield week, start

    def is_complete(self, person, start):
        end = start + timedelta(days=6)
        is_own = person.enrolled <= start and not self.is_cut(person, end)
        return is_own and end <= self.last_whole_day

    def is_cut(self, person, end):
        """Whether a withdrawal cut a week short; its day was not the participant's own to the end."""
        return person.withdrawn is not None and person.withdrawn <= end

    @cached_property
    def fct_exposure_weeks(self) -> Rows:
        counts: Counter = Counter()
        for one in self.fct_exposures:
            if one["study_day"] >= 0:
                key = (one["participant_id"], one["study_week"], one["feature_id"], one["stage"])
                counts[key] += one["n_exposures"]
        return [
            {
                "participant_id": person.participant,
                **self.group(person.participant),
                "study_week": week,
                "feature_id": feature.id,
                "principle_id": feature.principle,
                "category_id": BY_ID[feature.principle].category.id,
                **{
                    name: float(counts[person.participant, week, feature.id, stage])
                    for name, stage in (
                        ("n_exposures", feature.exposure_stage),
                        ("n_acted", "acted"),
                    )
                },
            }
            for person in self.people.values()
            for week, _ in self.weeks_at_risk(person)
            for feature in self.study.features
        ]

    @cached_property
    def fct_participant_weeks(self) -> Rows:
        days, due, met = defaultdict(list), defaultdict(list), Counter()
        for one in self.fct_participant_days:
            if one["study_day"] >= 0:
                days[one["participant_id"], one["study_week"]].append(one)
        for one in self.fct_ledger:
            if one["kind"] == "session" and one["status"] != "excused":
                due[one["participant_id"], one["study_week"]].append(one["status"] == "done")
        for one in self.fct_exposure_weeks:
            met[one["participant_id"], one["study_week"]] += one["n_exposures"] > 0
        return [
            {
                "participant_id": person.participant,
                **self.group(person.participant),
                "study_week": week,
                "week_start": start,
                "is_complete_week": self.is_complete(person, start),
                "is_active": bool(days[person.participant, week]),
                **self._use(days[person.participant, week]),
                "due_sessions": len(due[person.participant, week]),
                "done_sessions": sum(due[person.participant, week]),
                "n_distinct_features": met[person.participant, week],
            }
            for person in self.people.values()
            for week, start in self.weeks_at_risk(person)
        ]

    def _use(self, days):
        return {
            "n_sessions": sum(one["n_sessions"] for one in days),
            "n_active_days": len(days),
            "n_events": sum(one["n_events"] for one in days),
            "active_s": float(sum(one["active_s"] for one in days)),
        }

    @cached_property
    def fct_participants(self) -> Rows:
        days = defaultdict(list)
        for one in self.fct_participant_days:
            if one["study_day"] >= 0:
                days[one["participant_id"]].append(one)
        return [self._participant(one, days[one.participant]) for one in self.people.values()]

    def _participant(self, person, days):
        dates = sorted(one["local_date"] for one in days)
        use = self._use(days)
        return {
            "participant_id": person.participant,
            **self.group(person.participant),
            "enrolled_date": person.enrolled,
            "day_zero": person.enrolled,
            "withdrawn_date": person.withdrawn,
            "withdrawal_kind": person.withdrawal_kind,
            "weeks_at_risk": len(list(self.weeks_at_risk(person))),
            "first_use_date": dates[0] if dates else None,
            "last_use_date": dates[-1] if dates else None,
            "n_sessions": use["n_sessions"],
            "n_active_days": use["n_active_days"],
            **self._nonusage(person, dates),
            **self._dropout(person),
        }

    def _nonusage(self, person, dates):
        """Silent for long enough at the end of the planned weeks, of the data, or at withdrawal.

        Who was not could be told to have stopped up to that long before the end, and no later.
        """
        planned = self.week_start(person, self.calendar.planned_weeks) - timedelta(days=1)
        end = min(planned, self.as_of, person.withdrawn or planned)
        used = [one for one in dates if one <= end]
        silent_from = used[-1] + timedelta(days=1) if used else person.enrolled
        told_to = min(end, self.last_whole_day) + timedelta(days=1)
        told_to -= timedelta(days=self.calendar.nonusage_after_days)
        is_event = silent_from <= told_to
        day = self.day(person, silent_from if is_event else max(told_to, person.enrolled))
        return {"is_nonusage_event": is_event, "nonusage_day": day, "is_starter": bool(used)}

    def _dropout(self, person):
        """Withdrawn from follow-up by its end, or by the end of the data."""
        left = self.left_study(person)
        end = self.week_start(person, self.calendar.last_week + 1) - timedelta(days=1)
        end = min(end, self.last_day_of_surveys)
        is_event = left is not None and left <= end
        return {
            "is_dropout_event": is_event,
            "dropout_day": self.day(person, left if is_event else end),
        }
