/* Menus close once something in them was sent, on Escape, and on a press beside them. */
"use strict";

(() => {
  const MENUS = "details.menu[open], details.export-menu[open], details.nav-more[open]";
  const openMenus = () => [...document.querySelectorAll(MENUS)];

  const close = (menu) => {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary").focus();
  };

  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const menu = openMenus().at(-1);
    if (menu) close(menu);
  });

  document.addEventListener("submit", (event) => {
    const menu = event.target.closest("details.export-menu");
    if (menu) close(menu);
  });
})();
