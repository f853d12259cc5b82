"""Worklist: who needs contact today, and why; and what came of contacts so far."""

import dash_mantine_components as dmc
import polars as pl
from dash import Dash, html
from dash.development.base_component import Component

from access.gate import may
from access.viewer import Viewer
from dashboard import filters_bar, panel, panel_wiring, theme
from dashboard.context import Context
from dashboard.panel import Panel
from dashboard.sources import TeamSources
from dashboard.worklist import chain, contact_form, contact_log, contact_view, list_view, words
from queries import worklist as reads
from queries.filters import Filters
from queries.rhythm import own_rhythm

PATH, TITLE, AUDIENCE = "/worklist", "Worklist", "Trial team"
FILTERS = ("site", "arm", "cohort")
LEAD = (
    "Who needs contact, how many days are left, and where it stopped: at the person, or in the "
    "pipe that should have reached them."
)
_TEXTS = ("obligation", "way", "why", "silence", "source_words")
_SOURCE_WORDS = {"pipe": "pipe", "person": "person"}


def read_worklist(
    source: TeamSources, viewer: Viewer, filters: Filters, *, why: str | None
) -> pl.DataFrame:
    """Who needs contact, with the last contact; `worded` adds what the table says.

    `can_log` says whether the viewer may log one.
    """
    latest = reads.latest_obligations(source.con, viewer, filters)
    rhythm = own_rhythm(source.con, viewer, filters)
    listed = chain.only(chain.worklist(latest, rhythm), why)
    last = contact_log.last_contacts(contact_log.log(source, viewer, filters))
    return listed.join(last, on="participant_id", how="left", maintain_order="left").with_columns(
        can_log=pl.lit(may(viewer, "log_contact"))
    )


def worded(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of the worklist with what the table says of them."""
    texts = [_texts(row) for row in frame.to_dicts()]
    return frame.hstack(pl.DataFrame(texts, schema=dict.fromkeys(_TEXTS, pl.String), orient="row"))


def read_contacts(source: TeamSources, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """The contact log with whether each participant returned within seven days."""
    return contact_log.log(source, viewer, filters)


def _texts(row: dict[str, object]) -> dict[str, str | None]:
    return {
        "obligation": words.obligation(row),
        "way": words.chain(row) or None,
        "why": words.why(row),
        "silence": words.silence(row) or None,
        "source_words": _SOURCE_WORDS[str(row["source"])],
    }


def _n_listed(frame: pl.DataFrame) -> str:
    n = theme.counted(frame.height, "participant")
    pipe = int((frame["source"] == "pipe").sum())
    return f"n = {n}: {pipe} in the pipe, {frame.height - pipe} at the person"


def _n_contacts(frame: pl.DataFrame) -> str:
    counts = contact_log.summary(frame)
    n = theme.counted(counts["logged"], "contact")
    return f"n = {n} with {theme.counted(counts['participants'], 'participant')}"


PEOPLE = Panel(
    id="worklist-people",
    title="Who needs contact, and why",
    definition="Listed: who has something open that closes within 2 days, a survey past its due "
    "day, or something not delivered a day after it should have been there; and who is silent, "
    "within the planned weeks, for more than twice their own middle gap between days of use and "
    "longer than nine in ten of their gaps. Without a rhythm (fewer than four gaps): for the "
    "study's own limit. The way is due → delivered → app opened → started → done; it stopped at "
    "the first step that is recorded and was not seen. In the pipe: not delivered, delivered two "
    "days late or more, no trace while a file failed to load, or at least three others and half of "
    "those on the same app version (or telephone) stop at that step, twice as many as elsewhere. "
    "Else at the person. Days are counted from the day on which the data end.",
    read=read_worklist,
    content=list_view.view,
    worded=worded,
    columns={
        "participant_id": "Participant",
        "site_label": "Site",
        "obligation": "What is due",
        "due_date": "Due on",
        "window_end": "Window ends",
        "days_left": "Days left",
        "source_words": "Pipe or person",
        "why": "Why",
        "way": "How far it came",
        "silence": "Silence",
        "silence_days": "Days without use",
        "median_gap_days": "Usual gap (days)",
        "app_version": "App version",
        "device": "Telephone",
        "last_contact": "Last contact",
        "last_outcome": "Outcome",
        "no_more_since": "Asked not to be contacted",
    },
    caption=_n_listed,
    empty_title="✓ Nobody needs contact",
    empty="Under these filters and this reason, nothing is pressing and nobody is silent for "
    "longer than usual.",
    choices=("why",),
    width="full",
    reads="team",
    uses=FILTERS,
    level="participant",
    view_name="List",
)
CONTACTS = Panel(
    id="worklist-contacts",
    title="Contacts so far, and who returned within 7 days",
    definition="Every contact that was logged, the newest first; those logged by mistake are "
    "struck out and count nowhere. Returned: a session of use began within 7 days (168 hours) "
    "after the contact. Not yet known: none did so far, and the data do not reach to the end of "
    "the 7 days. It describes, and shows no effect: who is contacted was away, and some come back "
    "by themselves. Reached counts those who asked not to be contacted, too.",
    read=read_contacts,
    content=contact_view.view,
    columns={
        "participant_id": "Participant",
        "site_label": "Site",
        "contacted_at": "Contacted at (UTC)",
        "channel": "How",
        "outcome_words": "What came of it",
        "reason_words": "Why they were listed",
        "returned_words": "Returned within 7 days",
        "returned_at": "Returned at (UTC)",
        "note": "Note",
        "logged_by": "Logged by",
    },
    caption=_n_contacts,
    empty_title="No contact was logged so far",
    empty="Contacts are logged with the button beside each participant.",
    width="full",
    reads="team",
    uses=FILTERS,
    level="participant",
    view_name="Summary",
)

PANELS = (PEOPLE, CONTACTS)


def layout() -> Component:
    """The page without data."""
    return panel.page(
        TITLE,
        LEAD,
        html.Div(_reasons(), className="page-controls"),
        html.Div(contact_form.view(list_view.PAGE), className="is-full work-said"),
        panel.view(PEOPLE),
        panel.view(CONTACTS),
    )


def _reasons() -> Component:
    """The reasons to choose among, those of the pipe and those of the person."""
    groups = []
    for source, every in (("pipe", "All in the pipe"), ("person", "All at the person")):
        named = [(key, said) for key, (of, said) in chain.REASONS.items() if of == source]
        items = [{"value": key, "label": said} for key, said in [(source, every), *named]]
        groups.append({"group": list_view.SOURCES[source], "items": items})
    return dmc.Select(
        id=filters_bar.choice_id("why"),
        label="Why",
        placeholder="All reasons",
        data=groups,
        clearable=True,
        size="sm",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the panels and the contact form."""
    panel_wiring.register(app, context, PANELS)
    contact_form.register(app, context, list_view.PAGE)
