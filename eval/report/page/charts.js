// Charts: a dot with its range for every figure, drawn by Vega-Lite as SVG, each to be saved as SVG and CSV.
"use strict";

const gradeColour = {
  domain: ["measured_here", "measured_elsewhere", "modelled", "anchored", "extrapolated"],
  range: ["#1d6b45", "#1f5f8b", "#5b4a9b", "#8a6d1f", "#b5651d"],
};

const chartConfig = {
  font: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif',
  axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, gridColor: "#e7eaee", domainColor: "#8a96a3", labelLimit: 220 },
  legend: { labelFontSize: 12, titleFontSize: 12 },
  view: { stroke: null },
};

/** Dots with ranges. rows: {chip, value, low, high, grade[, facet]}. */
function rangeChart(rows, axis, options = {}) {
  const positive = rows.filter((r) => r.low > 0);
  const spread = Math.max(...positive.map((r) => r.high)) / Math.min(...positive.map((r) => r.low));
  const scale = spread > 20 ? { type: "log" } : { zero: true };
  const x = { type: "quantitative", scale, title: axis };
  const colour = {
    field: "grade", type: "nominal", title: "grade",
    scale: gradeColour, legend: { orient: "bottom" },
  };
  const tooltip = [
    { field: "chip", title: "chip" },
    { field: "value", title: axis, format: ".4g" },
    { field: "low", format: ".4g" }, { field: "high", format: ".4g" }, { field: "grade" },
  ];
  const y = { field: "chip", type: "nominal", title: null, sort: options.sort || rows.map((r) => r.chip) };
  const layer = [
    { mark: { type: "rule", strokeWidth: 3, opacity: 0.45 }, encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, color: colour, tooltip } },
    { mark: { type: "point", filled: true, size: 70, opacity: 1 }, encoding: { x: { ...x, field: "value" }, y, color: colour, tooltip } },
  ];
  const base = { data: { values: rows }, config: chartConfig };
  if (!options.facet) return { ...base, width: 640, height: { step: 26 }, layer };
  return {
    ...base,
    facet: { row: { field: options.facet, type: "nominal", title: null, sort: options.facets, header: { labelAngle: 0, labelAlign: "left", labelAnchor: "start", labelOrient: "top", labelFontWeight: 600 } } },
    spec: { width: 560, height: { step: 20 }, layer },
  };
}

/** Rooflines with the decode step and the prefill of every chip. */
function rooflineChart(lines, points) {
  const x = { field: "intensity", type: "quantitative", scale: { type: "log" }, title: "operations a byte" };
  const y = { field: "speed", type: "quantitative", scale: { type: "log" }, title: "TFLOPS or TOPS of one device" };
  return {
    width: 640, height: 360, config: chartConfig,
    layer: [
      { data: { values: lines }, mark: { type: "line", strokeWidth: 1.5, opacity: 0.8 }, encoding: { x, y, color: { field: "chip", type: "nominal", title: null }, tooltip: [{ field: "chip" }] } },
      {
        data: { values: points }, mark: { type: "point", filled: true, size: 80 },
        encoding: {
          x, y, color: { field: "chip", type: "nominal" },
          shape: { field: "phase", type: "nominal", title: "phase" },
          tooltip: [{ field: "chip" }, { field: "phase" }, { field: "intensity", format: ".4g" }, { field: "speed", format: ".4g" }],
        },
      },
    ],
  };
}

function csvOf(rows) {
  const columns = [...new Set(rows.flatMap((r) => Object.keys(r)))];
  const cell = (v) => (v === undefined || v === null ? "" : /[",\n]/.test(String(v)) ? `"${String(v).replace(/"/g, '""')}"` : String(v));
  return [columns.join(","), ...rows.map((r) => columns.map((c) => cell(r[c])).join(","))].join("\n") + "\n";
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A figure with chart, caption and the two buttons. Resolves when it is drawn. */
async function drawChart(parent, name, title, caption, spec, rows) {
  const figure = document.createElement("figure");
  figure.id = "chart-" + name;
  const place = document.createElement("div");
  place.className = "chart";
  const text = document.createElement("figcaption");
  text.textContent = caption;
  const tools = document.createElement("div");
  tools.className = "tools";
  const heading = document.createElement("h3");
  heading.textContent = title;
  figure.append(heading, place, text, tools);
  parent.append(figure);
  const view = new vega.View(vega.parse(vegaLite.compile({ ...spec, description: title }).spec), { renderer: "svg", hover: true });
  await view.initialize(place).runAsync();
  const svg = place.querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title + ". " + caption);
  for (const [label, action] of [
    ["SVG", async () => save(name + ".svg", "image/svg+xml", await view.toSVG())],
    ["CSV", () => save(name + ".csv", "text/csv", csvOf(rows))],
  ]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Save " + label;
    button.addEventListener("click", action);
    tools.append(button);
  }
}
