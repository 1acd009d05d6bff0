/* What hypermedia cannot do: the palette, words for screen readers, a stricter htmx. */
"use strict";

(() => {
  const palette = () => document.getElementById("palette");

  const openPalette = () => {
    const dialog = palette();
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const text = document.getElementById("palette-text");
    /* The dialog outlives the screens, so it is told anew at which place and moment they stand. */
    const place = document.querySelector("[data-palette]")?.dataset.palette;
    if (place) {
      text.setAttribute("hx-get", place);
      text.form.action = place;
    }
    text.value = "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  };

  const walkFound = (event) => {
    const links = [...document.querySelectorAll("#found a")];
    if (!links.length) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = links.indexOf(document.activeElement);
    const next = at + step;
    event.preventDefault();
    if (next < 0) document.getElementById("palette-text").focus();
    else links[Math.min(next, links.length - 1)].focus();
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
    } else if (palette()?.open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      walkFound(event);
    } else if (palette()?.open && event.key === "Enter" && event.target.id === "palette-text") {
      const first = document.querySelector("#found a");
      if (first) {
        event.preventDefault();
        first.click();
      }
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) openPalette();
    else if (event.target === palette()) palette().close();
    else if (event.target.closest("#found a")) palette().close();
  });

  /* The chosen period is seen even where the strip of periods is wider than the screen. */
  const showChosen = () => {
    for (const chosen of document.querySelectorAll(".strip [aria-current]")) {
      const strip = chosen.closest(".strip");
      strip.scrollLeft = chosen.offsetLeft + chosen.offsetWidth / 2 - strip.clientWidth / 2;
    }
  };
  document.addEventListener("DOMContentLoaded", showChosen);
  document.addEventListener("htmx:after:swap", showChosen);

  /* Nothing that an answer brings along may run: scripts are part of the page alone. */
  document.addEventListener("htmx:before:swap", (event) => {
    for (const task of event.detail.tasks) {
      for (const script of task.fragment.querySelectorAll?.("script") ?? []) script.remove();
    }
  });

  /* Each state of an export is said once; the message of a file that is ready closes by itself,
     but not under the pointer or the focus, and not while nobody looks. The list keeps them all. */
  const heard = new Set();
  const closing = new Set();
  const closeMessage = (id) => {
    const message = document.getElementById(id);
    if (document.hidden || message?.closest("#toasts").matches(":hover, :focus-within")) {
      setTimeout(closeMessage, 5000, id);
      return;
    }
    closing.delete(id);
    message?.querySelector(".toast-dismiss")?.requestSubmit();
  };
  const hearMessages = (event) => {
    const said = [];
    for (const message of document.querySelectorAll("#toasts > [data-said]")) {
      const state = `${message.id} ${message.dataset.state}`;
      if (!heard.has(state)) said.push(message.dataset.said);
      heard.add(state);
      if (message.dataset.state !== "done" || closing.has(message.id)) continue;
      closing.add(message.id);
      setTimeout(closeMessage, 20000, message.id);
    }
    /* What stands on a page when it is opened is read with the page. */
    const isNew = event.type !== "DOMContentLoaded" && said.length > 0;
    if (isNew) document.getElementById("announcement").textContent = said.join(" ");
  };
  document.addEventListener("DOMContentLoaded", hearMessages);
  document.addEventListener("htmx:after:swap", hearMessages);

  /* htmx sets the title after `after:swap`, so it is read at the very end. */
  document.addEventListener("htmx:finally:swap", (event) => {
    const target = event.detail.ctx?.target;
    if (target?.id !== "frame" && target !== document.body) return;
    document.getElementById("announcement").textContent = document.title;
    if (!document.activeElement || document.activeElement === document.body) {
      document.getElementById("screen")?.focus({ preventScroll: true });
    }
  });
})();
