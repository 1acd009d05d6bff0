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

  /* The kinds of slices: their series are members, told apart by shades of the actual. */
  const shade = (colour, index, count) => {
    const [red, green, blue] = colour.actual.match(/[\d.]+/g);
    return `rgba(${red}, ${green}, ${blue}, ${count === 1 ? 1 : 1 - (0.65 * index) / (count - 1)})`;
  };

  const sliceSeries = (definition, colour) =>
    definition.series.map((one, index) => {
      const tint = shade(colour, index, definition.series.length);
      return {
        type: definition.kind === "line" ? "line" : "bar",
        name: one.name,
        data: one.values,
        stack: definition.kind === "stacked" ? "all" : undefined,
        barMaxWidth: 24,
        symbolSize: 5,
        symbol: ["circle", "rect", "triangle", "diamond", "emptyCircle"][index % 5],
        lineStyle: { width: 2, color: tint },
        itemStyle: { color: tint },
        emphasis: { disabled: true },
      };
    });

  const heatOption = (definition, theme, base) => {
    const { colour } = theme;
    const cells = definition.series.flatMap((one, column) =>
      one.values.map((value, row) => [column, row, value === null ? "-" : value]));
    const known = cells.map((cell) => cell[2]).filter((value) => value !== "-");
    const axis = (data) => ({ ...base.xAxis[0], data, axisLabel: { ...base.xAxis[0].axisLabel, hideOverlap: true } });
    return {
      ...base,
      legend: { show: false },
      grid: { ...base.grid, top: 8, bottom: 40 },
      tooltip: {
        ...base.tooltip,
        trigger: "item",
        formatter: ({ value: [column, row] }) =>
          `${definition.categories[row]} · ${lineOf(definition, definition.series[column], row)}`,
      },
      visualMap: {
        min: Math.min(...known), max: Math.max(...known), orient: "horizontal", left: 0, bottom: 0,
        itemHeight: 90, itemWidth: 10, textStyle: base.legend.textStyle,
        inRange: { color: [colour.surface, colour.actual] },
        formatter: (value) => short(value, definition.format, theme.language),
      },
      xAxis: axis(definition.series.map((one) => one.name)),
      yAxis: { ...axis(definition.categories), inverse: true },
      series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: colour.surface, borderWidth: 1 }, emphasis: { disabled: true } }],
    };
  };

  /* A file and a wall have no pages to turn: every name of a legend is written, on as many lines as
     it takes. Their widths are estimated, for outside of a browser nothing can be measured. */
  const MARK = 18 + 5, GAP = 16, LINE = 28;
  const widthOf = (name) => [...name].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 12.2 : 6.2), MARK + GAP);
  const shortened = (name, width) => {
    const most = Math.max(8, Math.floor((width - MARK - GAP) / 6.2));
    return name.length > most ? `${name.slice(0, most - 1)}…` : name;
  };

  const linesOf = (names, width) => {
    let lines = 1, left = width;
    for (const name of names) {
      const wide = Math.min(width, widthOf(name));
      if (wide > left && left < width) { lines += 1; left = width; }
      left -= wide;
    }
    return lines;
  };

  const sliceOption = (definition, theme) => {
    const base = optionOf({ ...definition, series: [] }, theme);
    base.tooltip.formatter = (points) => [
      definition.categories[points[0].dataIndex],
      ...definition.series.map((one) => lineOf(definition, one, points[0].dataIndex)),
    ].join("\n");
    if (definition.kind === "heat") return heatOption(definition, theme, base);
    const isLying = definition.kind !== "line";
    const [members] = base.xAxis;
    const hasLegend = definition.series.length > 1;
    base.legend.show = hasLegend;
    const width = theme.width ?? 600;
    const names = definition.series.map((one) => shortened(one.name, width));
    base.legend = { ...base.legend, right: 0, itemGap: GAP, padding: 0, formatter: (name) => shortened(name, width) };
    base.grid.top = hasLegend ? 14 + LINE * linesOf(names, width) : 8;
    return {
      ...base,
      xAxis: isLying ? base.yAxis : { ...members, boundaryGap: false },
      yAxis: isLying ? { ...members, inverse: true, axisLabel: { ...members.axisLabel, width: 150, overflow: "truncate" } } : base.yAxis,
      series: sliceSeries(definition, theme.colour),
    };
  };

  /* A bridge: from one whole figure to another, each step begins where the one before has ended. */
  const signed = (value, format) => `${value > 0 ? "+" : ""}${number(value, format)}`;

  const bridgeOption = (definition, theme) => {
    const { colour } = theme;
    const base = optionOf({ ...definition, series: [] }, theme);
    const [steps] = definition.series;
    const told = (index) =>
      steps.wholes[index] ? number(steps.values[index], definition.format) : signed(steps.values[index], definition.step_format ?? definition.format);
    const tint = (index) => colour[steps.tones[index]] ?? (steps.wholes[index] ? colour.actual : colour.earlier);
    /* Small steps between great figures would be hairlines: then the axis begins beyond 0, and the
       whole figures are drawn broken. */
    const ends = steps.spans.map((span) => span[1]);
    const nearest = Math.min(...ends), farthest = Math.max(...ends), reach = farthest - nearest;
    const isCut = reach > 0 && nearest > 0 && reach < 0.3 * farthest;
    const low = isCut ? nearest - reach * 0.5 : Math.min(0, nearest), high = Math.max(0, farthest);
    const room = (high - low || 1) * 0.2;
    const drawn = (parameters, api) => {
      const index = api.value(0);
      const [from, to] = steps.spans[index].map((value) => api.coord([Math.max(value, low), index]));
      const tall = Math.min(22, api.size([0, 1])[1] * 0.62);
      const shape = { x: Math.min(from[0], to[0]), y: from[1] - tall / 2, width: Math.max(1, Math.abs(to[0] - from[0])), height: tall };
      const below = index + 1 < steps.values.length ? [{
        type: "line",
        shape: { x1: to[0], y1: from[1] + tall / 2, x2: to[0], y2: from[1] + api.size([0, 1])[1] - tall / 2 },
        style: { stroke: colour["ink-3"], lineWidth: 1, lineDash: [2, 2] },
      }] : [];
      return { type: "group", children: [
        { type: "rect", shape, style: { fill: tint(index) } },
        { type: "text", style: { text: told(index), x: shape.x + shape.width + 6, y: from[1], verticalAlign: "middle", fill: colour.ink, font: `12px ${theme.font}` } },
        ...(isCut && steps.wholes[index] ? [10, 15].map((x) => ({
          type: "line",
          shape: { x1: from[0] + x, y1: from[1] + tall / 2, x2: from[0] + x + 6, y2: from[1] - tall / 2 },
          style: { stroke: colour.surface, lineWidth: 2 },
        })) : []),
        ...below,
      ] };
    };
    const width = (theme.width ?? 600) < 480 ? 96 : 170;
    return {
      ...base,
      legend: { show: false },
      grid: { ...base.grid, top: 8, right: 16 },
      tooltip: { ...base.tooltip, trigger: "item", formatter: ({ dataIndex }) => `${definition.categories[dataIndex]}   ${told(dataIndex)}` },
      xAxis: { ...base.yAxis, min: isCut ? low : low < 0 ? low - room : 0, max: high > 0 ? high + room : 0, splitNumber: 4,
        axisLabel: { ...base.yAxis.axisLabel, hideOverlap: true, showMaxLabel: false, showMinLabel: low === 0 } },
      yAxis: { ...base.xAxis[0], inverse: true, axisLabel: { ...base.xAxis[0].axisLabel, hideOverlap: false, interval: 0, width, overflow: "truncate" } },
      series: [{ type: "custom", renderItem: drawn, data: steps.values.map((_, index) => [index]), encode: { y: 0 }, emphasis: { disabled: true } }],
    };
  };

  const SLICES = ["line", "bar", "stacked", "heat"];

  globalThis.chartOptions = (definition, theme) => {
    if (definition.kind === "bridge") return bridgeOption(definition, theme);
    return (SLICES.includes(definition.kind) ? sliceOption : optionOf)(definition, theme);
  };
})();
