// The Report menu: links with the address's own choices; what needs a choice waits for it.
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.reports = {
  links: function (search, links, rows) {
    var asked = new URLSearchParams(search || "");
    return [
      links.map(function (id) { return id.report + (search || ""); }),
      rows.map(function (id) {
        var lacks = id.needs.split(" ").some(function (key) { return key && !asked.get(key); });
        return lacks ? "is-hidden" : "";
      })
    ];
  }
};
// It closes at Escape, at a click elsewhere, and once something was chosen.
document.addEventListener("keydown", function (event) {
  var open = document.querySelector("details.report-menu[open]");
  if (event.key !== "Escape" || !open) { return; }
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("click", function (event) {
  document.querySelectorAll("details.report-menu[open]").forEach(function (menu) {
    if (!menu.contains(event.target) || event.target.closest(".report-menu a")) { menu.open = false; }
  });
});
