// A button that shows what was typed for a password. Without scripts there is none, and nothing is missing.
"use strict";
for (const field of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "second show";
  const tell = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", (shown ? "Hide" : "Show") + " password");
    button.setAttribute("aria-pressed", String(shown));
  };
  button.setAttribute("aria-controls", field.id);
  tell(false);
  button.addEventListener("click", () => tell(field.type === "password"));
  field.form.addEventListener("submit", () => tell(false)); // so that no browser keeps it as plain text
  const row = document.createElement("div");
  row.className = "row";
  field.replaceWith(row);
  row.append(field, button);
}
