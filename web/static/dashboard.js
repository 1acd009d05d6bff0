/* Dashboards: a tile can be dragged to another place, which sends the form that its buttons send;
   a wall screen says when it could not be refreshed. */
"use strict";

(() => {
  let lifted = null;
  let over = null;

  const tilesOf = (grid) => [...grid.querySelectorAll(".grid-tile")];

  const mark = (tile) => {
    over?.classList.remove("is-over");
    over = tile !== lifted ? tile : null;
    over?.classList.add("is-over");
  };

  const put = () => {
    lifted?.classList.remove("is-lifted");
    mark(null);
    lifted = null;
  };

  /* The handle shows only where it works. */
  const offer = () => document.querySelector(".grid.is-edited")?.classList.add("is-draggable");

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.(".drag");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    lifted = handle.closest(".grid-tile");
    lifted.classList.add("is-lifted");
  });

  document.addEventListener("pointermove", (event) => {
    if (!lifted) return;
    const below = document.elementFromPoint(event.clientX, event.clientY);
    mark(below?.closest(".grid-tile") ?? null);
    const edge = event.clientY < 80 ? -16 : event.clientY > innerHeight - 80 ? 16 : 0;
    if (edge) scrollBy(0, edge);
  });

  document.addEventListener("pointerup", () => {
    if (!lifted) return;
    const [tile, target] = [lifted, over];
    put();
    if (!target) return;
    const form = tile.querySelector(".steps-form");
    form.elements.to.value = tilesOf(tile.parentElement).indexOf(target);
    form.requestSubmit();
  });

  document.addEventListener("pointercancel", put);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") put(); });
  document.addEventListener("DOMContentLoaded", offer);
  document.addEventListener("htmx:after:swap", offer);

  /* The wall: three turns without an answer, and what stands there may be old. */
  let refreshed = Date.now();
  document.addEventListener("htmx:after:swap", () => { refreshed = Date.now(); });
  setInterval(() => {
    const wall = document.getElementById("wall");
    const stale = document.getElementById("stale");
    if (!wall?.dataset.seconds || !stale) return;
    stale.hidden = Date.now() - refreshed < 3000 * Number(wall.dataset.seconds);
  }, 1000);
})();
