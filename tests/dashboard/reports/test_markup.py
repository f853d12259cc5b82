"""Components as plain HTML: nothing that is said is lost, nothing that is pressed is left."""

import dash_mantine_components as dmc
import pytest
from dash import dcc, html

from dashboard import effect_map
from dashboard.reports.markup import UnknownComponentError, html_of


def test_texts_are_escaped_and_numbers_told():
    part = html.P(["a < b & c", 3, None, html.Strong("d")], className="words")
    assert html_of(part) == '<p class="words">a &lt; b &amp; c3<strong>d</strong></p>'


def test_what_is_kept_of_properties():
    part = html.Td("x", colSpan=2, style={"--strength": "30%", "maxWidth": "4px"}, id="y")
    assert html_of(part) == '<td colspan="2" style="--strength:30%;max-width:4px">x</td>'
    assert html_of(html.Br()) == "<br>"


def test_a_button_is_its_text():
    part = html.Button(["0.12", html.Span("●")], id="cell", type="button", className="cell is-high")
    assert html_of(part) == '<span class="cell is-high">0.12<span>●</span></span>'
    tip = html.Span([html.Button("?", className="tool is-round"), html.Span("How", role="tooltip")])
    assert html_of(tip) == "<span><span>How</span></span>"


def test_ways_around_the_product_are_words_or_gone():
    assert html_of(dcc.Link("P003 · 5 days", href="/participant?participant=P003")) == (
        "<span>P003 · 5 days</span>"
    )
    assert html_of(html.A("All its numbers", href="#features-detail")) == ""
    assert html_of(html.P(dcc.Link("Open", href="/models"), className="onward")) == ""
    assert html_of(html.A("source", href="https://doi.org/10.1/x")) == (
        '<a href="https://doi.org/10.1/x">source</a>'
    )
    assert html_of(html.A("x", href="javascript:alert(1)")) == "<span>x</span>"


def test_what_is_folded_is_open_but_not_numbers_behind_a_warning():
    folded = html.Details([html.Summary("The model"), html.P("y ~ x")])
    assert html_of(folded) == '<div class="unfolded"><p>The model</p><p>y ~ x</p></div>'
    warned = html.Details([html.Summary("Show the numbers"), "0.3"], className="all-the-same")
    assert html_of(html.Div(["withheld", warned])) == "<div>withheld</div>"


def test_tabs_stand_one_after_the_other():
    tabs = dmc.Tabs(
        [
            dmc.TabsList([dmc.TabsTab("Python", value="p"), dmc.TabsTab("R", value="r")]),
            dmc.TabsPanel(html.Pre("import x"), value="p"),
            dmc.TabsPanel(html.Pre("library(x)"), value="r"),
        ]
    )
    assert html_of(tabs) == (
        '<div class="in-tab"><h4>Python</h4><pre>import x</pre></div>'
        '<div class="in-tab"><h4>R</h4><pre>library(x)</pre></div>'
    )


def test_a_box_that_scrolls_keeps_its_name_and_its_place_in_the_order_of_keys():
    box = html.Div("x", role="region", tabIndex=0, **{"aria-label": "Counts"})
    assert html_of(box) == '<div role="region" aria-label="Counts" tabindex="0">x</div>'


def test_an_unknown_component_is_an_error_and_not_a_gap():
    with pytest.raises(UnknownComponentError, match=r"dash_core_components\.Graph"):
        html_of(html.Div(dcc.Graph()))


def test_no_cell_of_the_map_is_lost():
    words = html_of([effect_map._ramp("", "-1", "+1 points")])
    assert "-1" in words
    assert "+1 points" in words
