// The one-page card: its chart is as high as its figure asks for, and is drawn anew for paper.
window.dash_clientside = window.dash_clientside || {};
(function () {
  // An A4 page less margins of 12 mm, at 96 px an inch: 702 by 1031. The line above the card takes some.
  var PAPER_WIDTH = 702, PAPER_HEIGHT = 988, LEAST_CHART = 360;
  var kept = { figure: null, theme: null };
  var lit = [], onPaper = 0;
  var root = document.documentElement;

  window.dash_clientside.card = {
    fit: function (figure, theme) {
      kept.figure = figure; kept.theme = theme;
      return figure && figure.layout && figure.layout.height
        ? { height: figure.layout.height } : window.dash_clientside.no_update;
    }
  };

  function chart() { return document.querySelector("#participant-course .js-plotly-plot"); }
  function box() { return document.querySelector("#participant-course .dash-graph"); }

  // What the chart may take: the page less everything else on the card.
  function room(sheet) {
    var others = sheet.offsetHeight - box().offsetHeight;
    var asked = kept.figure.layout.height || PAPER_HEIGHT;
    return Math.max(LEAST_CHART, Math.min(asked, PAPER_HEIGHT - others));
  }

  // Paper is light. The scheme itself is left alone: a change of it has charts drawn anew, at a time
  // of its own. So each colour that a style sheet names gets its light partner for the while.
  function lighten() {
    var light = {}, shown = getComputedStyle(root);
    Object.keys(kept.theme.dark).forEach(function (l) { light[kept.theme.dark[l]] = l; });
    lit = ["ink", "muted", "line", "edge", "surface", "tint", "accent", "good", "warn", "bad",
      "band", "category-dialogue"].map(function (name) { return "--" + name; });
    lit.map(function (name) { return shown.getPropertyValue(name).trim(); })
      .forEach(function (value, i) { root.style.setProperty(lit[i], light[value] || value); });
  }

  // What is drawn for a screen would be cut on paper, or too small.
  function toPaper() {
    var sheet = document.getElementById("card-sheet"), drawn = chart();
    if (!sheet || !kept.theme) { return; }
    root.classList.add("on-paper");
    if (root.getAttribute("data-mantine-color-scheme") === "dark") { lighten(); }
    if (!drawn || !drawn.offsetParent || !kept.figure) { return; }
    draw(drawn, room(sheet));
    // A browser that prints in light tells the page so, and the chart is dressed anew meanwhile.
    drawn.on("plotly_afterplot", function () { stay(drawn); });
  }

  function draw(drawn, height) {
    onPaper = height;
    root.style.setProperty("--paper-chart", height + "px");
    box().style.height = drawn.style.height = height + "px";
    window.Plotly.react(drawn, kept.figure.data, Object.assign({}, kept.figure.layout, {
      template: kept.theme.templates.light, width: PAPER_WIDTH, height: height, autosize: false
    }));
  }

  function stay(drawn) {
    if (onPaper && drawn._fullLayout && drawn._fullLayout.height !== onPaper) {
      draw(drawn, onPaper);
    }
  }

  function toScreen() {
    if (!root.classList.contains("on-paper")) { return; }
    root.classList.remove("on-paper");
    onPaper = 0;
    lit.forEach(function (name) { root.style.removeProperty(name); });
    lit = [];
    var drawn = chart();
    if (!drawn || !kept.figure) { return; }
    var dressed = window.dash_clientside.rapport.dress(kept.figure, "", kept.theme);
    var height = kept.figure.layout.height;
    box().style.height = drawn.style.height = height ? height + "px" : "";
    window.Plotly.react(drawn, dressed.data, Object.assign({ autosize: true }, dressed.layout));
  }

  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest(".print-card")) { window.print(); }
  });
})();
