// Charts whose height follows their rows: the grids of participants and the participant's timeline.
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.tallCharts = {
  // The graph takes the height that its figure asks for, if any; its box scrolls by keyboard too.
  fit: function (figure, id) {
    var none = window.dash_clientside.no_update;
    if (!figure || !figure.layout) { return none; }
    var panel = document.getElementById(id.panel);
    var box = panel && panel.querySelector(".view-chart");
    if (box) { box.tabIndex = 0; }
    return figure.layout.height ? { height: figure.layout.height } : none;
  },
  // A cell leads to its participant, with the filters kept.
  open: function (click, figure, search) {
    var none = window.dash_clientside.no_update;
    var point = click && click.points && click.points[0];
    var who = point && figure && figure.layout.meta[point.y];
    if (!who) { return [none, none]; }
    var query = new URLSearchParams(search || "");
    query.delete("order");
    query.set("participant", who);
    return ["/participant", "?" + query.toString()];
  }
};
