// Draws the figures in #figures one after the other and leaves their SVG, as text, in #drawn.
(async function () {
  var out = { drawn: [], failed: null };
  try {
    var figures = JSON.parse(document.getElementById("figures").textContent);
    for (var one of figures) {
      seed(one.seed);
      var box = document.createElement("div");
      box.style.width = one.width + "px";
      box.style.height = one.height + "px";
      document.body.append(box);
      await Plotly.newPlot(box, one.figure.data, one.figure.layout, { staticPlot: true });
      var size = { format: "svg", width: one.width, height: one.height, imageDataOnly: true };
      out.drawn.push(await Plotly.toImage(box, size));
      Plotly.purge(box);
      box.remove();
    }
  } catch (error) {
    // Its number only: an error's text may hold what a figure holds.
    out.failed = out.drawn.length;
  }
  document.getElementById("drawn").textContent = JSON.stringify(out).replace(/</g, "\\u003c");

  // The library names its clipping paths at random: the same figure must give the same bytes.
  function seed(state) {
    Math.random = function () {
      state = (state * 1664525 + 1013904223) >>> 0;
      return state / 4294967296;
    };
  }
})();
