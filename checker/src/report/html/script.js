
"use strict";
document.documentElement.classList.add("scripted");
function select(list, rows, index) {
  rows.forEach(function (row, at) { row.setAttribute("aria-selected", String(at === index)); });
  list.setAttribute("aria-activedescendant", rows[index].id);
  rows[index].scrollIntoView({ block: "nearest" });
}
document.querySelectorAll(".line").forEach(function (list) {
  const rows = Array.from(list.children);
  const at = function () {
    return rows.findIndex(function (row) { return row.getAttribute("aria-selected") === "true"; });
  };
  const first = rows.findIndex(function (row) { return row.classList.contains("wrong"); });
  const start = Math.max(first, 0);
  rows[start].setAttribute("aria-selected", "true");
  list.setAttribute("aria-activedescendant", rows[start].id);
  list.addEventListener("keydown", function (event) {
    const last = rows.length - 1;
    const to = { ArrowDown: Math.min(at() + 1, last), ArrowRight: Math.min(at() + 1, last),
      ArrowUp: Math.max(at() - 1, 0), ArrowLeft: Math.max(at() - 1, 0), Home: 0, End: last };
    if (event.key in to) { event.preventDefault(); select(list, rows, to[event.key]); }
  });
  list.addEventListener("click", function (event) {
    const row = event.target.closest("li");
    if (row) { select(list, rows, rows.indexOf(row)); }
  });
});
document.querySelectorAll(".sorted").forEach(function (table) {
  const body = table.tBodies[0];
  table.querySelectorAll("thead th").forEach(function (head, column) {
    if (head.dataset.sort === undefined) { return; }
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", function () {
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = function (row) {
        const cell = row.cells[column];
        const text = cell.dataset.key === undefined ? cell.textContent : cell.dataset.key;
        return head.dataset.sort === "number" ? Number(text) : text.toLowerCase();
      };
      const rows = Array.from(body.rows);
      rows.sort(function (one, other) {
        const a = key(one); const b = key(other);
        return (a === b ? 0 : a > b ? 1 : -1) * (down ? -1 : 1);
      });
      body.append.apply(body, rows);
    });
  });
});
window.addEventListener("beforeprint", function () {
  document.querySelectorAll("article details").forEach(function (one) { one.open = true; });
});
