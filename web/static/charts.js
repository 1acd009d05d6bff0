/* Draws our chart definitions in the page. A definition names scenarios, never colours: those are
   read from the style sheet, so that a chart follows the theme. */
"use strict";

(() => {
  const drawn = new Map();
  let library = null;

  /* ECharts is large: it comes with the first chart. */
  const loadLibrary = () => {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.body.dataset.echarts;
      script.onload = () => resolve(window.echarts);
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  };

  const colours = (element) => {
    const probe = document.createElement("span");
    element.append(probe);
    const read = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const names = ["actual", "earlier", "plan", "ink", "ink-2", "ink-3", "line", "surface", "raised", "good", "bad"];
    const found = Object.fromEntries(names.map((name) => [name, read(name)]));
    probe.remove();
    return found;
  };

  const themeOf = (element) => ({
    colour: colours(element),
    font: getComputedStyle(document.body).fontFamily,
    language: document.documentElement.lang,
    width: element.clientWidth,
  });

  const optionsOf = (element) => chartOptions(JSON.parse(element.dataset.chart), themeOf(element));

  const draw = async (element) => {
    const echarts = await loadLibrary();
    if (!element.isConnected) return;
    drawn.get(element)?.dispose();
    element.replaceChildren();
    const chart = echarts.init(element, null, { renderer: "svg" });
    chart.setOption(optionsOf(element));
    drawn.set(element, chart);
  };

  const drawAll = () => {
    for (const [element, chart] of drawn) {
      if (element.isConnected) continue;
      chart.dispose();
      drawn.delete(element);
    }
    for (const element of document.querySelectorAll("[data-chart]")) draw(element);
  };

  const resizeAll = () =>
    drawn.forEach((chart, element) => {
      if (!element.isConnected) return;
      chart.resize();
      chart.setOption(optionsOf(element));
    });

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
  window.addEventListener("resize", resizeAll);
  window.addEventListener("beforeprint", resizeAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
