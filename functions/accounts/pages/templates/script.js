"use strict";
// Comfort only: without this script everything on the page can be typed and sent.
for (const button of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
}
// A link carries its code behind the #, which browsers send to nobody. It is put into the form and taken
// out of the address; it is sent when the person says so, since a link may come from anybody.
const box = document.getElementById("code-box");
const found = new URLSearchParams(location.hash.slice(1)).get("code");
if (box && found) {
  history.replaceState(null, "", location.pathname + location.search);
  box.open = true;
  document.getElementById("code").value = found.slice(0, 64);
  box.querySelector("button[type=submit]").focus();
}
