// The sheet of saved cohorts closes on Escape, on a click elsewhere and when a cohort is applied.
(function () {
  function close(isKey) {
    var sheet = document.getElementById("cohorts");
    if (!sheet || !sheet.open) { return; }
    sheet.open = false;
    if (isKey) { document.getElementById("cohorts-toggle").focus(); }
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { close(true); }
  });
  document.addEventListener("click", function (event) {
    var inside = event.target.closest && event.target.closest("#cohorts");
    // What was clicked may be gone from the page by now: a list that was drawn anew.
    if (!inside && document.contains(event.target)) { close(false); }
    if (inside && event.target.closest(".cohort-name")) { close(false); }
  });
})();
