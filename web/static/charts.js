/* Draws our chart definitions with ECharts. A definition names scenarios, never colours: those are
   read from the style sheet, so that a chart follows the theme. */
"use strict";

(() => {
  const MINUS = "\u2212";
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
    const names = ["actual", "earlier", "plan", "ink", "ink-2", "ink-3", "line", "surface", "raised"];
    const found = Object.fromEntries(names.map((name) => [name, read(name)]));
    probe.remove();
    return found;
  };

  const number = (value, format) => {
    const text = Math.abs(value).toLocaleString("en", {
      minimumFractionDigits: format.decimals,
      maximumFractionDigits: format.decimals,
    });
    return `${value < 0 ? MINUS : ""}${text}${format.suffix}`;
  };

  const short = (value, format) => {
    const text = Math.abs(value).toLocaleString(document.documentElement.lang, {
      notation: Math.abs(value) >= 10000 ? "compact" : "standard",
      maximumFractionDigits: 2,
    });
    return `${value < 0 ? MINUS : ""}${text}${format.suffix}`;
  };

  /* Actual is solid; plan is an outline behind it, on an axis of its own so that both are centred. */
  const LOOKS = {
    AC: (colour) => ({ xAxisIndex: 0, barWidth: "38%", barMaxWidth: 40, z: 3, itemStyle: { color: colour.actual } }),
    PL: (colour) => ({
      xAxisIndex: 1,
      barWidth: "62%",
      barMaxWidth: 66,
      z: 2,
      itemStyle: { color: "transparent", borderColor: colour.plan, borderWidth: 1.25 },
    }),
  };

  const seriesOf = (definition, colour) =>
    definition.series.map((one) => ({
      type: "bar",
      name: one.name,
      data: one.values,
      emphasis: { disabled: true },
      ...LOOKS[one.scenario](colour),
    }));

  const lineOf = (definition, one, index) => {
    const value = one.values[index];
    return `${one.name}   ${value === null ? one.gaps[index] : number(value, definition.format)}`;
  };

  const optionOf = (definition, element) => {
    const colour = colours(element);
    const font = getComputedStyle(document.body).fontFamily;
    const text = { color: colour["ink-3"], fontFamily: font, fontSize: 12 };
    return {
      animation: false,
      textStyle: { fontFamily: font },
      grid: { left: 8, right: 8, top: 36, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { left: 0, top: 0, itemWidth: 18, itemHeight: 8, selectedMode: false, textStyle: text },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: colour.raised,
        borderColor: colour.line,
        textStyle: { color: colour.ink, fontFamily: font, fontSize: 12, lineHeight: 18 },
        axisPointer: { type: "shadow", shadowStyle: { color: colour.line, opacity: 0.35 } },
        formatter: (points) => {
          const index = points[0].dataIndex;
          const lines = definition.series.map((one) => lineOf(definition, one, index));
          return [definition.categories[index], ...lines].join("\n");
        },
      },
      xAxis: [
        {
          type: "category",
          data: definition.categories,
          axisTick: { show: false },
          axisLine: { lineStyle: { color: colour["ink-3"] } },
          axisLabel: { ...text, hideOverlap: true },
        },
        { type: "category", data: definition.categories, show: false },
      ],
      yAxis: {
        type: "value",
        splitNumber: 4,
        axisLabel: { ...text, formatter: (value) => short(value, definition.format) },
        splitLine: { lineStyle: { color: colour.line } },
      },
      series: seriesOf(definition, colour),
    };
  };

  const draw = async (element) => {
    const echarts = await loadLibrary();
    if (!element.isConnected) return;
    drawn.get(element)?.dispose();
    element.replaceChildren();
    const chart = echarts.init(element, null, { renderer: "svg" });
    chart.setOption(optionOf(JSON.parse(element.dataset.chart), element));
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

  const resizeAll = () => drawn.forEach((chart) => chart.resize());

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
  window.addEventListener("resize", resizeAll);
  window.addEventListener("beforeprint", resizeAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
