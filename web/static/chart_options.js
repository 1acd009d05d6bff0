/* From our chart definitions to the options of ECharts: the browser and the server draw with this
   one file. No page is touched here; colours, font and language come with the theme. */
"use strict";

(() => {
  const MINUS = "\u2212";

  const number = (value, format) => {
    const text = Math.abs(value).toLocaleString("en", {
      minimumFractionDigits: format.decimals,
      maximumFractionDigits: format.decimals,
    });
    return `${value < 0 ? MINUS : ""}${text}${format.suffix}`;
  };

  const short = (value, format, language) => {
    const text = Math.abs(value).toLocaleString(language, {
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

  /* `theme` gives the colours by token, the font and the language of the place it is drawn in. */
  const optionOf = (definition, theme) => {
    const { colour, font } = theme;
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
        axisLabel: { ...text, formatter: (value) => short(value, definition.format, theme.language) },
        splitLine: { lineStyle: { color: colour.line } },
      },
      series: seriesOf(definition, colour),
    };
  };

  globalThis.chartOptions = optionOf;
})();
