// The end of a session: by the button in the header, or because the server says that it is over.
(function () {
  var SIGN_IN = "/sign-in";
  var isLeaving = false;

  function here() { return window.location.pathname + window.location.search; }

  // Data must not stay on show for whoever comes by next: the page is left at once.
  function leave() {
    if (isLeaving) { return; }
    isLeaving = true;
    window.location.replace(SIGN_IN + "?notice=ended&next=" + encodeURIComponent(here()));
  }

  function isOurs(address) {
    return new URL(address, window.location.href).origin === window.location.origin;
  }

  // Dash asks by fetch. A reply that says "not signed in" would only leave the page as it was, and
  // Dash would write errors of its own to the console: it waits, and the page is gone.
  var fetched = window.fetch;
  window.fetch = function (what) {
    var address = what && what.url ? what.url : String(what);
    return fetched.apply(this, arguments).then(function (reply) {
      if (reply.status !== 401 || !isOurs(address)) { return reply; }
      leave();
      return new Promise(function () {});
    });
  };

  // A page that comes back out of the browser's memory may be of a session that has ended.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { window.location.reload(); }
  });

  function cookie(name) {
    var found = document.cookie.split("; ").find(function (c) { return c.startsWith(name + "="); });
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function field(name, value) {
    var input = document.createElement("input");
    input.type = "hidden"; input.name = name; input.value = value;
    return input;
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest(".sign-out")) { return; }
    var config = JSON.parse(document.getElementById("_dash-config").textContent);
    var form = document.createElement("form");
    form.method = "post";
    form.action = "/sign-out";
    form.append(field("csrf_token", cookie(config.csrf_token_name)));
    document.body.append(form);
    form.submit();
  });
})();
