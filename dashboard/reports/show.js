// Draws the figures of a report where it is opened: for reports made without a browser.
(function () {
  JSON.parse(document.getElementById("figures").textContent).forEach(function (one) {
    var box = document.getElementById(one.id);
    box.textContent = "";
    Plotly.newPlot(box, one.figure.data, one.figure.layout, { staticPlot: true });
  });
})();
