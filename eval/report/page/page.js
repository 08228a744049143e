// The page: tables that sort and filter, charts, and the evidence behind each number.
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const comparison = report.comparison;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

/** Three digits, as everywhere in this page. */
function short(x) {
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3) return x.toExponential(2);
  if (size >= 100) return Math.round(x).toLocaleString("en");
  return String(Number(x.toPrecision(3)));
}

const dialog = document.getElementById("evidence");
function listOf(value) {
  if (value === null || value === undefined) return document.createTextNode("not known");
  if (Array.isArray(value)) {
    if (value.every((v) => typeof v !== "object")) return document.createTextNode(value.join(", ") || "none");
    return make("div", {}, ...value.map((v) => make("details", {}, make("summary", {}, v.operator || v.tariff || v.name || "entry"), listOf(v))));
  }
  if (typeof value === "object") {
    return make("dl", {}, ...Object.entries(value).flatMap(([k, v]) => [make("dt", {}, k.replaceAll("_", " ")), make("dd", {}, listOf(v))]));
  }
  return document.createTextNode(typeof value === "number" ? String(value) : String(value));
}
function showEvidence(title, evidence) {
  document.getElementById("evidence-title").textContent = title;
  document.getElementById("evidence-body").replaceChildren(listOf(evidence));
  dialog.showModal();
}
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

/** A number with range, unit and grade; a press shows what it rests on. */
function figure(f, unit, title, evidence) {
  if (!f || f.value === undefined) return { node: make("span", { class: "label" }, "not known"), sort: null, text: "not known" };
  const exact = f.low === f.high;
  const text = exact ? `${short(f.value)} ${unit}` : `${short(f.value)} (${short(f.low)}–${short(f.high)}) ${unit}`;
  const inside = [document.createTextNode(short(f.value) + " ")];
  if (!exact) inside.push(make("span", { class: "range" }, `(${short(f.low)}–${short(f.high)}) `));
  inside.push(document.createTextNode(unit));
  const node = make("span", { "data-value": f.value, "data-low": f.low, "data-high": f.high },
    make("button", { class: "value", type: "button", onclick: () => showEvidence(title, { figure: { ...f, unit }, ...evidence }) }, ...inside),
    f.grade ? make("span", { class: "grade" }, f.grade.replaceAll("_", " ")) : null);
  return { node, sort: f.value, text: text + " " + (f.grade || "") };
}
function word(text, type = "") {
  return { node: make("span", { class: type }, text), sort: text, text };
}
const verdict = (v) => word(v, v === "better" || v === "pass" ? "pass" : v === "worse" || v === "fail" ? "fail" : "undecided");

/** columns: titles; rows: arrays of {node, sort, text}. */
function table(parent, name, caption, columns, rows) {
  const body = make("tbody", {});
  const count = make("span", { role: "status" });
  const search = make("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows: " + caption });
  const lines = rows.map((cells) => {
    const node = make("tr", {}, ...cells.map((c, i) => {
      const cell = i === 0 ? make("th", { scope: "row" }) : make("td", typeof c.sort === "number" ? { class: "number" } : {});
      cell.append(c.node);
      return cell;
    }));
    return { node, cells, text: cells.map((c) => c.text).join(" ").toLowerCase() };
  });
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const line of lines) {
      const hit = words.every((w) => line.text.includes(w));
      line.node.hidden = !hit;
      shown += hit ? 1 : 0;
    }
    count.textContent = `${shown} of ${lines.length} rows`;
  };
  search.addEventListener("input", filter);
  const heads = columns.map((title, index) => {
    const head = make("th", { scope: "col" });
    head.append(make("button", { type: "button", onclick: () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const order = (a, b) => {
        const [x, y] = [a.cells[index].sort, b.cells[index].sort];
        if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;  // unknown last
        const less = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
        return up ? less : -less;
      };
      lines.sort(order);
      body.append(...lines.map((l) => l.node));
    } }, title));
    return head;
  });
  body.append(...lines.map((l) => l.node));
  const csv = make("button", { type: "button", onclick: () => save(name + ".csv", "text/csv",
    csvOf(lines.filter((l) => !l.node.hidden).map((l) => Object.fromEntries(columns.map((c, i) => [c, l.cells[i].text.trim()]))))) }, "Save CSV");
  parent.append(make("div", { class: "tools" }, search, csv, count),
    make("div", { class: "scroll" }, make("table", { id: "table-" + name, "aria-label": caption },
      make("thead", {}, make("tr", {}, ...heads)), body)));
  filter();
}

const contents = document.getElementById("contents");
function section(id, title, ...notes) {
  contents.append(make("li", {}, make("a", { href: "#" + id }, title)));
  const node = make("section", { id, "aria-labelledby": id + "-title" }, make("h2", { id: id + "-title" }, title), ...notes.map((n) => make("p", {}, n)));
  main.append(node);
  return node;
}

const scenario = comparison.scenario;
const terms = `${scenario.model}, ${scenario.format}, cache ${scenario.cache || "as executed"}, prompt ${scenario.prompt}, output ${scenario.output}`;
document.getElementById("lead").textContent =
  `${terms}. Every number has its unit, its range and its grade: measured here, measured elsewhere, modelled, anchored (modelled and scaled by runs of the program on that die), or extrapolated. ` +
  "Ranges that overlap decide nothing. Press a number to see what it rests on.";

const served = comparison.chips.filter((c) => !c.refused);
const point = (c) => c.best_batch || c.batch_1;
const board = (p, what) => (p[what] || {}).board;
const ofChips = (read) => served.map((c) => ({ chip: c.chip, f: read(c) })).filter((r) => r.f)
  .map((r) => ({ chip: r.chip, value: r.f.value, low: r.f.low, high: r.f.high, grade: r.f.grade }));

function overview() {
  const s = section("answer", "Answer", `Each figure divided by that of ${comparison.baseline}. “Better” and “worse” are said only where the ranges do not overlap; energy is counted at one boundary per ratio, money at the wall.`);
  const columns = [["Tokens/s, one user", "tokens_per_second", ""], ["First token", "time_to_first_token", ""], ["Tokens/s, best batch", "tokens_per_second_at_best_batch", ""],
    ["J/token, board", "joules_per_token", "board"], ["J/token, wall", "joules_per_token", "wall"], ["USD a token, owned", "usd_per_million_tokens", "wall"], ["USD a token, rented", "usd_per_million_tokens_rented", "wall"]];
  const others = comparison.chips.filter((c) => c.chip !== comparison.baseline);
  table(s, "answer", "Answer", ["Chip", ...columns.map((c) => c[0]), "Scenario"], others.map((c) => [word(c.chip), ...columns.map(([title, what, boundary]) => {
    const r = comparison.ratios.find((x) => x.of === c.chip && x.what === what && (x.boundary || "") === boundary);
    if (!r || r.value === undefined) return word("not known", "label");
    const f = figure(r, "", `${title}: ${c.chip} over ${comparison.baseline}`, { verdict: r.verdict, probability_better: r.probability_better, labels: r.labels, boundary: r.boundary });
    const v = verdict(r.verdict);
    v.node.append(" ", make("span", { class: "label" }, `P ${r.probability_better.toFixed(2)}`));
    f.node.querySelector(".grade").replaceWith(v.node);
    f.node.append(make("span", { class: "grade" }, r.grade.replaceAll("_", " ") + (r.labels.length ? "; differs: " + r.labels.join(", ") : "")));
    return { ...f, text: f.text + " " + r.verdict };
  }), verdict(c.verdict)]));
  for (const c of comparison.chips.filter((x) => x.label)) s.append(make("p", { class: "note" }, `${c.chip}: ${c.label}`));
  const all = make("details", {}, make("summary", {}, "Every ratio, one a line"));
  s.append(all);
  table(all, "ratios", "Ratios to " + comparison.baseline, ["Chip", "What", "Boundary", "Ratio to " + comparison.baseline, "Verdict", "P(better)", "Labels"],
    comparison.ratios.filter((r) => r.value !== undefined).map((r) => [
      word(r.of), word(r.what.replaceAll("_", " ")), word(r.boundary || "–"),
      figure(r, "×", `${r.what} of ${r.of} over ${r.over}`, { labels: r.labels }),
      verdict(r.verdict), { node: document.createTextNode(r.probability_better.toFixed(2)), sort: r.probability_better, text: r.probability_better.toFixed(2) },
      word(r.labels.join(", ") || "none", "label")]));
  const missing = comparison.ratios.filter((r) => r.refused);
  if (missing.length) s.append(make("details", {}, make("summary", {}, `${missing.length} ratios that cannot be given`),
    make("ul", {}, ...missing.map((r) => make("li", {}, `${r.what.replaceAll("_", " ")} ${r.boundary || ""}, ${r.of}: ${r.refused}`)))));
}

async function speeds() {
  const s = section("performance", "Performance");
  table(s, "performance", "Speed", ["Chip", "Devices", "Tokens/s, one user", "First token", "Best batch", "Tokens/s at it", "Bound", "Format and software (kernels measured in)", "Perplexity over 16 bits"],
    comparison.chips.map((c) => c.refused
      ? [word(c.chip), word("–"), word(c.refused, "label"), word("–"), word("–"), word("–"), word("–"), word("–"), word("–")]
      : [word(c.chip), { node: document.createTextNode(c.devices), sort: c.devices, text: String(c.devices) },
        figure(c.batch_1.tokens_per_second, "tokens/s", c.chip + ": tokens/s, one user", c.evidence),
        figure(c.batch_1.time_to_first_token, "s", c.chip + ": time to first token", c.evidence),
        c.best_batch ? { node: document.createTextNode(c.best_batch.batch), sort: c.best_batch.batch, text: String(c.best_batch.batch) } : word(c.no_best_batch || "–", "label"),
        figure(c.best_batch && c.best_batch.tokens_per_second_group, "tokens/s", c.chip + ": tokens/s at its best batch", c.evidence),
        word(c.decode_bound), word(`${c.terms.weight_bits.toFixed(3).replace(/\.?0+$/, "")}-bit weights, ${c.terms.activations} activations, ${c.terms.cache} cache${c.terms.emulated ? ", emulated" : ""}; ${c.software}${c.software_versions.length ? ` (${c.software_versions.join(", ")})` : ""}`, "label"),
        word(c.perplexity_increase.text, "label")]));
  const speed = ofChips((c) => c.batch_1.tokens_per_second);
  await drawChart(s, "speed", "Tokens a second, one user", "Dots are values, bars their ranges. As built, devices as in the table.", rangeChart(speed, "tokens/s"), speed);
  const lines = [], points = [];
  for (const c of served) {
    const peak = ((c.evidence.peaks || {})[c.compute] || {}).value, width = (c.evidence.bandwidth || {}).value;
    if (!peak || !width) continue;
    for (const intensity of [0.25, peak / width, 4000]) lines.push({ chip: c.chip, intensity, speed: Math.min(peak, intensity * width) / 1e12 });
    points.push({ chip: c.chip, phase: "decode", intensity: c.decode_operations / c.decode_bytes, speed: c.decode_operations / c.devices / c.decode_seconds.value / 1e12 });
    points.push({ chip: c.chip, phase: "prefill", intensity: c.prefill.operations / c.prefill.bytes, speed: c.prefill.operations / c.devices / c.prefill.seconds.value / 1e12 });
  }
  await drawChart(s, "roofline", "Rooflines", "Published peak and bandwidth of one device; points are the predicted decode step (batch 1) and prefill.", rooflineChart(lines, points), points);
}

async function energyAndCost() {
  const s = section("energy", "Energy", "Per generated token, its prefill included. Core: logic, on-chip memory and leakage. Board: with DRAM, PHY, links and regulators. Wall: with the host’s share, supply and cooling. Figures of different boundaries are never divided by each other.");
  table(s, "energy", "Joules a token", ["Chip", "Core", "Board", "Wall", "Board, best batch", "Board power"],
    served.map((c) => [word(c.chip),
      ...["core", "board", "wall"].map((b) => figure(c.batch_1.joules_per_token[b], "J/token", `${c.chip}: J/token, ${b}`, c.evidence)),
      figure(c.best_batch && board(c.best_batch, "joules_per_token"), "J/token", c.chip + ": J/token at its best batch", c.evidence),
      figure(board(c.batch_1, "watts"), "W", c.chip + ": board power", c.evidence)]));
  const joules = ofChips((c) => board(point(c), "joules_per_token"));
  await drawChart(s, "energy", "Joules a token at the best batch, board", "Lower is better.", rangeChart(joules, "J/token"), joules);
  const perWatt = joules.map((r) => ({ ...r, value: 1 / r.value, low: 1 / r.high, high: 1 / r.low }));
  await drawChart(s, "perf-per-watt", "Tokens a second for each watt of the board, best batch", "The same figures as speed over power: higher is better.", rangeChart(perWatt, "tokens/s a watt"), perWatt);

  const p = comparison.prices;
  const m = section("cost", "Cost", `US dollars; tariffs of ${p.date}: ${short(p.usd_per_kwh)} USD/kWh, PUE ${p.pue.value}, ${p.years.value} years, load ${p.load.value}. A price that is not published is not guessed: its break-even is given instead.`);
  table(m, "cost", "Cost", ["Chip", "USD a million tokens, owned", "Rented", "USD an hour, owned", "Break-even price of one device", "Share of bandwidth that equals the baseline"],
    served.map((c) => [word(c.chip),
      figure(point(c).usd_per_million_tokens, "USD", c.chip + ": cost a million tokens", { sensitivity: c.cost_sensitivity, price: c.evidence.price, tariffs: p }),
      figure(point(c).usd_per_million_tokens_rented, "USD", c.chip + ": rented", { rental: c.rental }),
      figure(point(c).usd_per_hour && point(c).usd_per_hour.total, "USD", c.chip + ": cost an hour", { parts: point(c).usd_per_hour }),
      figure(c.break_even && c.break_even.price_usd, "USD", c.chip + ": break-even price", { meaning: "the highest price at which a million tokens cost what the baseline's do", refused: (c.break_even || {}).refused }),
      c.break_even && c.break_even.share_of_bandwidth !== null ? { node: document.createTextNode((100 * c.break_even.share_of_bandwidth).toFixed(0) + " %"), sort: c.break_even.share_of_bandwidth, text: (100 * c.break_even.share_of_bandwidth).toFixed(0) + " %" } : word("baseline", "label")]));
  const cost = ofChips((c) => point(c).usd_per_million_tokens);
  if (cost.length) await drawChart(m, "cost", "Cost of a million tokens, owned", "Best batch under the scenario’s latency limit, where it has one.", rangeChart(cost, "USD a million tokens"), cost);
}

async function views() {
  const s = section("views", "Seen five ways", "One user. The same comparison as built; at equal silicon area; at equal bandwidth and capacity; at equal board power; at equal process, logic and SRAM scaled, DRAM and PHY not.");
  const rows = [];
  for (const v of comparison.views) for (const c of v.chips) {
    const t = c.tokens_per_second;
    if (t) rows.push({ chip: c.chip, view: v.title, value: t.value, low: t.low, high: t.high, grade: t.grade });
  }
  await drawChart(s, "views", "Tokens a second, one user, by view", "What a view cannot give (an area, a process or a power that is not known) is left out; the table says why.",
    rangeChart(rows, "tokens/s", { facet: "view", facets: comparison.views.map((v) => v.title), sort: comparison.chips.map((c) => c.chip) }), rows);
  table(s, "views", "Views", ["View", "Chip", "Tokens/s, one user", "J/token, board", "Remark"],
    comparison.views.flatMap((v) => v.chips.map((c) => [word(v.title), word(c.chip), figure(c.tokens_per_second, "tokens/s", `${c.chip}: ${v.title}`, {}),
      figure(c.joules_per_token, "J/token", `${c.chip}: ${v.title}`, {}), word(c.refused || "", "label")])));
}

function scenarios() {
  const s = section("scenarios", "Scenarios", "Pass: the whole range is on the right side of every threshold. Fail: the whole range of one is on the wrong side, or the chip lacks what is needed. Undecided: the rest, and chips whose figures are not known.");
  for (const one of report.scenarios) {
    s.append(make("h3", {}, one.title), make("p", { class: "note" }, `${one.note} ${one.model}, ${one.format}. Thresholds: ${one.criteria.join("; ")}.`));
    table(s, "scenario-" + one.name, one.title, ["Chip", "Verdict", "Devices", "Tokens/s, one user", "First token", "J/token, board", "Why"],
      one.chips.map((c) => c.refused
        ? [word(c.chip), verdict(c.verdict), word("–"), word("–"), word("–"), word("–"), word(c.refused, "label")]
        : [word(c.chip), verdict(c.verdict), { node: document.createTextNode(c.devices), sort: c.devices, text: String(c.devices) },
          figure(c.batch_1.tokens_per_second, "tokens/s", c.chip, { software: c.software, support: c.support, remarks: c.remarks, terms: c.terms }),
          figure(c.batch_1.time_to_first_token, "s", c.chip, { software: c.software, remarks: c.remarks }),
          figure(board(c.batch_1, "joules_per_token"), "J/token", c.chip, { remarks: c.remarks, why_not: c.batch_1.no_energy }),
          word(c.criteria.map((k) => `${k.criterion}: ${k.figure}, ${k.judgement}`).concat(c.reason || []).join("; "), "label")]));
  }
}

function comprehensive() {
  const s = section("comprehensive", "Comprehensive", "No weights and no score: a chip is on the front unless another is at least as good on every axis that both have and better by more than both ranges on one. Software support is the share of a model’s operators with a cited run on that chip; no run, not known.");
  const axes = ["speed", "energy", "cost", "memory_fit", "scaling", "software"];
  const units = { speed: "tokens/s", energy: "J/token", cost: "USD/M", memory_fit: "free share", scaling: "of 2× devices", software: "of operators" };
  table(s, "front", "Axes", ["Chip", "On the front", ...axes.map((a) => a.replaceAll("_", " ")), "Dominated by"],
    served.map((c) => [word(c.chip), word(c.on_pareto_front ? "yes" : "no", c.on_pareto_front ? "pass" : ""),
      ...axes.map((a) => figure(c.axes[a], units[a], `${c.chip}: ${a}`, c.evidence)), word(c.dominated_by || "", "label")]));
}

function checks() {
  const s = section("checks", "Predictions checked", "What the models of energy, area and power say about published figures. Nothing was fitted to these rows unless it says so.");
  table(s, "checks", "Checks of energy", ["What", "Boundary", "Published", "Predicted", "Error", "In range", "Fitted", "Remark"],
    [...report.silicon_checks, ...report.power_checks].map((c) => [word(c.name), word(c.boundary), figure({ value: c.published, low: c.published, high: c.published }, c.unit, c.name + ": published", { source: c.source }),
      figure(c.predicted, c.unit, c.name + ": predicted", { remark: c.remark }), { node: document.createTextNode((100 * c.error).toFixed(0) + " %"), sort: Math.abs(c.error), text: (100 * c.error).toFixed(0) + " %" },
      word(c.in_range ? "yes" : "no"), word(c.fitted ? "yes" : "no"), word(c.remark, "label")]));
}

function claims() {
  const counts = {};
  for (const c of report.claims) counts[c.verdict] = (counts[c.verdict] || 0) + 1;
  const s = section("claims", "Claims", "Of the public discussion of AI computing power: " + Object.entries(counts).map(([k, v]) => `${v} ${k}`).join(", ") + ". Open a row for its arithmetic.");
  table(s, "claims", "Claims", ["Claim", "Verdict", "Because"],
    report.claims.map((c) => [
      { node: make("details", {}, make("summary", {}, c.claim), make("ul", {}, ...c.arithmetic.map((a) => make("li", {}, a)))), sort: c.claim, text: c.claim + " " + c.arithmetic.join(" ") },
      word(c.verdict, c.verdict === "holds" ? "pass" : c.verdict === "fails" ? "fail" : "undecided"), word(c.because)]));
}

function chips() {
  const s = section("chips", "Chips", "Dense peaks and memory as published; press a figure for its source and how sure it is.");
  const scaled = (f, by) => (f && f.value !== undefined ? { value: f.value / by, low: f.low / by, high: f.high / by } : null);
  table(s, "chips", "Chips", ["Chip", "Vendor", "Class", "Year", "BF16 or FP16", "FP8", "INT8", "Memory", "Bandwidth", "Power", "Process"],
    report.chips.map((c) => [word(c.name), word(c.vendor), word(c.class), { node: document.createTextNode(c.year || "–"), sort: c.year, text: String(c.year) },
      ...[["bf16", "fp16"], ["fp8"], ["int8"]].map((names) => {
        const f = names.map((n) => c.peaks[n]).find((p) => p && p.value !== undefined);
        return f ? figure(scaled(f, 1e12), "T", `${c.name}: peak`, f) : word(names.some((n) => c.peaks[n] === "none") ? "lacks it" : "not known", "label");
      }),
      figure(scaled(c.memory.capacity, 2 ** 30), "GiB", c.name + ": memory", c.memory.capacity || {}), figure(scaled(c.memory.bandwidth, 1e9), "GB/s", c.name + ": bandwidth", c.memory.bandwidth || {}),
      figure(scaled(c.power, 1), "W", c.name + ": power", c.power || {}), figure(scaled(c.process, 1), "nm", c.name + ": process", c.process || {})]));
}

function sources() {
  const s = section("sources", "Sources", "Energy and area of technology, tariffs, and how this page was made.");
  table(s, "technology", "Technology", ["Figure", "Value (range)", "Source"], report.technology.map((t) => [word(t.what), word(t.value), word(t.source, "label")]));
  const tariffs = Object.entries(comparison.prices).filter(([, v]) => v && v.source);
  table(s, "tariffs", "Tariffs", ["Tariff", "Value (range)", "Date", "Source"], tariffs.map(([k, v]) => [word(k.replaceAll("_", " ")), figure(v, "", k, {}), word(v.date), word(v.source, "label")]));
  const made = report.provenance;
  if (made) document.getElementById("footer").textContent =
    `heddle ${made.command.join(" ")} · commit ${made.commit} · heddle ${made.versions.heddle} · data ${made.hashes.chip_data}. Charts by Vega and Vega-Lite (BSD 3-clause). This page loads nothing.`;
}

(async () => {
  overview();
  await speeds();
  await energyAndCost();
  await views();
  scenarios();
  comprehensive();
  checks();
  claims();
  chips();
  sources();
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  document.documentElement.dataset.drawn = String(document.querySelectorAll(".chart svg").length);
})();
