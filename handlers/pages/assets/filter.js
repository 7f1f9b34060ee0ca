// A field that shows only some rows of a table. Without scripts there is none, and all rows are shown.
"use strict";
for (const table of document.querySelectorAll("table[data-filter]")) {
  const rows = [...table.tBodies[0].rows];
  const field = document.createElement("input");
  field.type = "search";
  field.id = "filter";
  field.autocomplete = "off";
  const label = document.createElement("label");
  label.htmlFor = field.id;
  label.textContent = table.dataset.filter;
  const count = document.createElement("p");
  count.setAttribute("role", "status");
  count.className = "hint";
  const apply = () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    count.textContent = rows.filter((row) => !row.hidden).length + " / " + rows.length;
  };
  field.addEventListener("input", apply);
  const box = document.createElement("div");
  box.className = "field";
  box.append(label, field, count);
  table.parentElement.before(box);
  apply();
}
