/* The slicer's table: copied as text with tabs, walked with the arrow keys. */
"use strict";

(() => {
  const cellText = (cell) => {
    const why = cell.querySelector(".why");
    const shown = [...cell.childNodes].map((node) => node.textContent).join("");
    const text = why ? shown.replace(why.textContent, "") : shown;
    return text.replace(/[↕▲▼]/g, "").replace(/\u2212/g, "-").replace(/\s+/g, " ").trim();
  };

  const asTabs = (table) => {
    const lines = [];
    const pending = []; // cells of the heads that reach down into the next line
    for (const row of table.rows) {
      if (row.id === "more") continue;
      const line = [];
      for (const cell of row.cells) {
        while (pending[line.length] > 0) { pending[line.length] -= 1; line.push(""); }
        for (let n = 0; n < cell.colSpan; n += 1) {
          pending[line.length] = cell.rowSpan - 1;
          line.push(n ? "" : cellText(cell));
        }
      }
      lines.push(line.join("\t"));
    }
    return lines.join("\n");
  };

  const write = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const table = document.getElementById(button.dataset.copy);
    if (!table) return;
    await write(asTabs(table));
    document.getElementById("announcement").textContent = button.dataset.done;
    const label = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 1200);
  });

  /* Ctrl-C with the focus in the table and nothing selected copies all of it. */
  document.addEventListener("copy", (event) => {
    const table = document.activeElement?.closest?.("#slice-frame")?.querySelector("table");
    if (!table || !window.getSelection().isCollapsed) return;
    event.clipboardData.setData("text/plain", asTabs(table));
    event.preventDefault();
  });

  /* The arrow keys go from link to link, cell by cell. */
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".slice-table th, .slice-table td");
    const step = STEPS[event.key];
    if (!cell || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...cell.closest("table").rows];
    let down = rows.indexOf(cell.parentElement);
    let across = [...cell.parentElement.cells].indexOf(cell);
    for (;;) {
      down += step[0];
      across += step[1];
      const next = rows[down]?.cells[across];
      if (!next) return;
      const target = next.querySelector("a, [tabindex]");
      if (target) {
        event.preventDefault();
        target.focus();
        return;
      }
    }
  });
})();
