/* The slicer's table: copied as text with tabs, walked with the arrow keys. */
"use strict";

(() => {
  const cellText = (cell) => {
    const why = cell.querySelector(".why");
    const shown = [...cell.childNodes].map((node) => (node.classList?.contains("carried") ? "" : node.textContent)).join("");
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

  /* The arrow keys go from cell to cell, Home and End to the ends of a row. */
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  /* Every place of the table with the cell that covers it, however many it spans. */
  const placesOf = (table) => {
    const places = [...table.rows].map(() => []);
    [...table.rows].forEach((row, down) => {
      let across = 0;
      for (const cell of row.cells) {
        while (places[down][across]) across += 1;
        for (let n = 0; n < cell.rowSpan; n += 1) {
          for (let m = 0; m < cell.colSpan; m += 1) {
            if (places[down + n]) places[down + n][across + m] = cell;
          }
        }
      }
    });
    return places;
  };

  const focusOn = (cell) => {
    const inside = cell.querySelector("a, [tabindex]");
    if (!inside) cell.tabIndex = -1;
    (inside ?? cell).focus();
  };

  const beside = (places, cell, step) => {
    let down = places.findIndex((row) => row.includes(cell));
    let across = places[down].indexOf(cell);
    do {
      down += step[0];
      across += step[1];
    } while (places[down]?.[across] === cell);
    return places[down]?.[across];
  };

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".slice-table th, .slice-table td");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const cells = cell.parentElement.cells;
    let next = null;
    if (event.key === "Home") next = cells[0];
    else if (event.key === "End") next = cells[cells.length - 1];
    else if (STEPS[event.key]) next = beside(placesOf(cell.closest("table")), cell, STEPS[event.key]);
    if (!next) return;
    event.preventDefault();
    focusOn(next);
  });
})();
