// Copying a text of the Models page: the button says for a moment how it went.
document.addEventListener("click", function (event) {
  var button = event.target.closest && event.target.closest("[data-copy]");
  if (!button) { return; }
  var code = button.parentElement.querySelector("code");

  function say(words) {
    var announce = document.getElementById("announce");
    button.textContent = words;
    if (announce) { announce.textContent = words; }
    window.setTimeout(function () { button.textContent = "Copy"; }, 2000);
  }

  // Without a secure context (http from another machine) there is no clipboard: the text is
  // selected instead, ready for the keyboard.
  function select() {
    var range = document.createRange();
    range.selectNodeContents(code);
    window.getSelection().removeAllRanges();
    window.getSelection().addRange(range);
    say("Selected: press Ctrl+C");
  }

  if (!navigator.clipboard) { select(); return; }
  navigator.clipboard.writeText(code.textContent).then(function () { say("Copied"); }, select);
});
