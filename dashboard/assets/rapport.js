// What the browser does on its own: no data is made here, only moved and dressed.
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.rapport = (function () {
  var SHARED = ["site", "arm", "cohort", "from", "to", "dimension"];
  var SEVERAL = ["site", "arm", "cohort"];

  function same(a, b) {
    return JSON.stringify(a === undefined ? null : a) === JSON.stringify(b === undefined ? null : b);
  }

  // The value of a control that an address asks for.
  function wanted(query, key, defaults) {
    if (SEVERAL.indexOf(key) >= 0) { return query.getAll(key); }
    if (key === "weeks") {
      var low = defaults.weeks[0], high = defaults.weeks[1];
      var from = query.has("from") ? Number(query.get("from")) : low;
      var to = query.has("to") ? Number(query.get("to")) : high;
      return [Math.max(low, Math.min(from, high)), Math.max(low, Math.min(to, high))];
    }
    return query.has(key) ? query.get(key) : (key in defaults ? defaults[key] : null);
  }

  // Put a control's value into an address; what equals the default is left out.
  function put(query, key, value, defaults) {
    if (key === "weeks") {
      query.delete("from"); query.delete("to");
      if (value && value[0] !== defaults.weeks[0]) { query.set("from", value[0]); }
      if (value && value[1] !== defaults.weeks[1]) { query.set("to", value[1]); }
      return;
    }
    query.delete(key);
    if (Array.isArray(value)) { value.forEach(function (v) { query.append(key, v); }); }
    else if (value !== null && value !== "" && value !== defaults[key]) { query.set(key, value); }
  }

  function sync(search, values, ids, defaults) {
    var none = window.dash_clientside.no_update;
    var changed = window.dash_clientside.callback_context.triggered.map(function (t) {
      return t.prop_id;
    });
    var byHand = changed.length > 0 && changed.every(function (p) { return p.endsWith(".value"); });
    var query = new URLSearchParams(search || "");
    // A control that was never filled (undefined) belongs to a page that just came up.
    if (byHand && values.every(function (v) { return v !== undefined; })) {
      ids.forEach(function (id, i) { put(query, id.filter, values[i], defaults); });
      var text = query.toString();
      var next = text ? "?" + text : "";
      return [next === (search || "") ? none : next, values.map(function () { return none; })];
    }
    return [none, ids.map(function (id, i) {
      var value = wanted(query, id.filter, defaults);
      return same(value, values[i]) && values[i] !== undefined ? none : value;
    })];
  }

  function dressed(part, dark) {
    if (Array.isArray(part)) { return part.map(function (p) { return dressed(p, dark); }); }
    if (part && typeof part === "object" && Object.getPrototypeOf(part) === Object.prototype) {
      var out = {};
      Object.keys(part).forEach(function (k) { out[k] = dressed(part[k], dark); });
      return out;
    }
    return typeof part === "string" && part in dark ? dark[part] : part;
  }

  // A figure in the scheme on show: its template, and each colour's dark partner.
  function dress(figure, _shown, theme) {
    var isDark = document.documentElement.getAttribute("data-mantine-color-scheme") === "dark";
    if (!figure) { return window.dash_clientside.no_update; }
    var out = isDark ? dressed(figure, theme.dark) : Object.assign({}, figure);
    out.layout = Object.assign({}, out.layout, { template: theme.templates[isDark ? "dark" : "light"] });
    return out;
  }

  // Links between pages keep the shared filters.
  function links(search, ids) {
    var query = new URLSearchParams(search || ""), kept = new URLSearchParams();
    SHARED.forEach(function (key) {
      query.getAll(key).forEach(function (value) { kept.append(key, value); });
    });
    var text = kept.toString();
    return ids.map(function (id) { return id.nav + (text ? "?" + text : ""); });
  }

  // A new page: title, a word for screen readers, and the small-screen menu closes.
  function arrive(path, titles) {
    var title = titles[path || "/"] || "Not found";
    var study = document.querySelector(".study-title");
    document.title = title + " · " + (study ? study.textContent : "Rapport");
    window.scrollTo(0, 0);
    return [title, false];
  }

  function collapse(isOpen, navbar) {
    return Object.assign({}, navbar, { collapsed: { mobile: !isOpen } });
  }

  function openFilters(clicks) {
    return clicks % 2 ? "true" : "false";
  }

  return { sync: sync, dress: dress, links: links, arrive: arrive, collapse: collapse,
           openFilters: openFilters };
})();

// A definition on show goes away on Escape (WCAG 1.4.13) and comes back at the next visit.
document.addEventListener("keydown", function (event) {
  if (event.key !== "Escape") { return; }
  document.querySelectorAll(".definition").forEach(function (box) {
    if (box.matches(":hover, :focus-within")) { box.classList.add("is-dismissed"); }
  });
});
["mouseout", "focusout"].forEach(function (kind) {
  document.addEventListener(kind, function (event) {
    var box = event.target.closest && event.target.closest(".definition");
    if (box && !box.contains(event.relatedTarget)) { box.classList.remove("is-dismissed"); }
  });
});

// The root element knows the scheme on show: the grid library reads it from the body, figures are
// dressed anew when it changes.
(function () {
  var root = document.documentElement;
  function follow(isChange) {
    var shown = root.getAttribute("data-mantine-color-scheme") || "light";
    document.body.dataset.agThemeMode = shown;
    if (isChange && document.getElementById("scheme")) {
      window.dash_clientside.set_props("shown-scheme", { data: shown });
    }
  }
  new MutationObserver(function () { follow(true); })
    .observe(root, { attributeFilter: ["data-mantine-color-scheme"] });
  follow(false);
})();

// How tables write numbers; the same as theme.whole, theme.percent and theme.number.
(window.dashAgGridFunctions = window.dashAgGridFunctions || {});
window.dashAgGridFunctions.whole = function (value) {
  return value === null || value === undefined ? "–"
    : Math.round(value).toString().replace("-", "\u2212").replace(/\B(?=(\d{3})+$)/g, "\u202f");
};
window.dashAgGridFunctions.measure = function (value) {
  return value === null || value === undefined ? "–"
    : String(Number(value.toPrecision(3))).replace("-", "\u2212");
};
window.dashAgGridFunctions.percent = function (value) {
  if (value === null || value === undefined) { return "–"; }
  return value > 0 && value < 0.005 ? "<1 %" : Math.round(value * 100) + " %";
};
