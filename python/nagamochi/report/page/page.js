"use strict";
// The page's data is JSON, compressed, in the element "data"; all of it is drawn when the page has been loaded.

const PAGE_ROWS = 50;
const PRINTED_ROWS = 3000;
const PRINTED_WIDTH = 340; // of a chart, CSS pixels: half of A4
const element = (id) => document.getElementById(id);

async function unpacked() {
  const bytes = Uint8Array.from(atob(element("data").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function made(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  if (className) node.className = className;
  return node;
}

const whole = (number) => Math.round(number).toLocaleString("en-US");
const plain = (text) => String(text).normalize("NFKC").toLowerCase(); // full-width letters and digits as the others
const millions = (yen) => (yen / 1e6).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function healthOf(data, bridge, year) {
  const step = data.health.charCodeAt(bridge * (data.horizon + 1) + year) - 48;
  return step < 0 ? null : 1 + step / 20; // null once the bridge is removed
}

function bridgeName(data, bridge) {
  const id = data.bridges.bridge_id[bridge];
  const name = data.bridges.name[bridge];
  return name ? `${name} (${id})` : id;
}

function placedBridges(data) {
  const { bridge, east, north } = data.places;
  return bridge.map((row, index) => {
    const first = data.bridges.first_repair[row];
    return {
      row,
      name: bridgeName(data, row),
      east: east[index],
      north: north[index],
      five: first !== null && first <= 5 ? String(first) : data.laterLabel,
      h: Array.from({ length: data.horizon + 1 }, (_, year) => healthOf(data, row, year)),
    };
  });
}

async function drawCharts(data) {
  const placed = placedBridges(data);
  for (const place of document.querySelectorAll("[data-chart]")) {
    const name = place.dataset.chart;
    const spec = data.specs[name];
    if (!spec) continue;
    if (name === "five_years" || name === "map") spec.datasets = { ...spec.datasets, bridges: placed };
    if (window.innerWidth < 600) spec.config.legend.columns = 2;
    const drawn = await window.vegaEmbed(place, spec, { actions: false, renderer: "svg" });
    if (spec.width === "container") drawnAtWidthOfPaper(place, drawn.view);
    if (name === "five_years" || name === "map")
      drawn.view.addEventListener("click", (_, item) => item && item.datum && item.datum.row !== undefined && showBridge(data, item.datum.row, true));
  }
}

// Scaled down to half of A4, the letters of a chart for the screen are too small to read.
function drawnAtWidthOfPaper(place, view) {
  window.addEventListener("beforeprint", () => view.width(PRINTED_WIDTH).run());
  window.addEventListener("afterprint", () => view.width(place.clientWidth).run());
}

// Works -------------------------------------------------------------------------------------------------------------

function worksTable(data) {
  const works = data.works;
  const rows = Uint32Array.from(works.year, (_, index) => index);
  const bridgeTexts = data.bridges.bridge_id.map((_, row) => plain(bridgeName(data, row)));
  const texts = ["member", "damage", "location", "method"].map((name) => works[name].texts.map(plain));
  const codes = ["member", "damage", "location", "method"].map((name) => works[name].code);
  const state = { column: "year", descending: false, page: 0, found: rows };
  const keys = {
    year: (row) => works.year[row],
    bridge: (row) => works.bridge[row],
    health_found: (row) => works.health[row],
    work_cost: (row) => works.cost[row],
    ...Object.fromEntries(
      ["member", "damage", "location", "method"].map((name) => {
        const order = works[name].texts.map((_, index) => index).sort((a, b) => String(works[name].texts[a]).localeCompare(String(works[name].texts[b]), data.language));
        const rank = [];
        order.forEach((code, position) => (rank[code] = position));
        return [name, (row) => rank[works[name].code[row]]];
      }),
    ),
  };

  function find() {
    const from = Number(element("from").value) || 1;
    const to = Number(element("to").value) || data.horizon;
    const tokens = plain(element("search").value).split(/\s+/).filter(Boolean);
    const matches = tokens.map((token) => ({
      bridges: bridgeTexts.map((text) => text.includes(token)),
      others: texts.map((list) => list.map((text) => text.includes(token))),
    }));
    const found = rows.filter(
      (row) =>
        works.year[row] >= from &&
        works.year[row] <= to &&
        matches.every((match) => match.bridges[works.bridge[row]] || match.others.some((list, index) => list[codes[index][row]])),
    );
    const key = keys[state.column];
    const sign = state.descending ? -1 : 1;
    found.sort((a, b) => sign * (key(a) - key(b)) || a - b);
    state.found = found;
    state.page = 0;
    let cost = 0;
    for (const row of found) cost += works.cost[row];
    element("shown").value = filled(data.words.shown, { count: whole(found.length), cost: millions(cost) });
    show();
  }

  function show(first = state.page * PAGE_ROWS, count = PAGE_ROWS) {
    const body = element("works").tBodies[0];
    body.replaceChildren(...Array.from(state.found.subarray(first, first + count), (row) => workRow(data, row, true)));
    const pages = Math.max(1, Math.ceil(state.found.length / PAGE_ROWS));
    element("page").value = filled(data.words.page, { page: state.page + 1, pages });
    element("previous").disabled = state.page === 0;
    element("next").disabled = state.page + 1 >= pages;
  }

  for (const id of ["search", "from", "to"]) element(id).addEventListener("input", find);
  element("to").max = element("from").max = data.horizon;
  element("to").value = Math.min(10, data.horizon);
  element("previous").addEventListener("click", () => { state.page -= 1; show(); });
  element("next").addEventListener("click", () => { state.page += 1; show(); });
  for (const button of document.querySelectorAll("[data-sort]"))
    button.addEventListener("click", () => {
      state.descending = state.column === button.dataset.sort && !state.descending;
      state.column = button.dataset.sort;
      for (const head of element("works").tHead.rows[0].cells) if (head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
      button.parentElement.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      find();
    });
  window.addEventListener("beforeprint", () => {
    show(0, PRINTED_ROWS);
    if (state.found.length > PRINTED_ROWS) element("shown").value += ` (${filled(data.words.print_limit, { count: whole(PRINTED_ROWS) })})`;
  });
  window.addEventListener("afterprint", find);
  find();
}

function fiscal(data, year) {
  return data.fiscal.length ? data.fiscal[year] : "";
}

function workRow(data, row, withBridge) {
  const works = data.works;
  const line = made("tr");
  line.append(made("td", works.year[row] + fiscal(data, works.year[row])));
  if (withBridge) {
    const button = made("button", bridgeName(data, works.bridge[row]));
    button.type = "button";
    button.addEventListener("click", () => showBridge(data, works.bridge[row], true));
    const cell = made("td");
    cell.append(button);
    line.append(cell);
  }
  for (const name of ["member", "damage", "location", "method"]) line.append(made("td", works[name].texts[works[name].code[row]]));
  line.append(made("td", works.health[row] === null ? "" : (works.health[row] / 100).toFixed(2), "number"), made("td", whole(works.cost[row]), "number"), made("td", works.why.texts[works.why.code[row]], "why"));
  return line;
}

// Bridges -----------------------------------------------------------------------------------------------------------

function worksOfBridges(data) {
  const found = data.bridges.bridge_id.map(() => []);
  data.works.bridge.forEach((bridge, row) => found[bridge].push(row));
  return found;
}

function bridgeSection(data, bridge) {
  const section = made("article", null, "one");
  section.append(made("h3", bridgeName(data, bridge)));
  const facts = ["owner", "route", "material", "year_built", "length_m", "width_m", "spans", "last_inspection_year", "rating"]
    .filter((name) => data.bridges[name][bridge] !== null)
    .map((name) => `${data.labels[name]} ${data.bridges[name][bridge]}${name.endsWith("_m") ? " m" : ""}`);
  if (facts.length) section.append(made("p", facts.join("　"), "note"));
  const { level, first_year, interval, total } = data.bridges;
  const values = { level: level[bridge], first_year: first_year[bridge], first_fiscal: fiscal(data, first_year[bridge]), interval: interval[bridge], cost: millions(total[bridge]) };
  const plan = values.level === null ? data.words.bridge_never : data.words.bridge_plan;
  const delay = data.bridges.delay[bridge]; // none in spaces without delays, where members differ and without repairs
  section.append(made("p", filled(plan, values) + (delay ? filled(data.words.bridge_delay, { delay }) : ""), "note"));
  section.append(made("p", data.words.lowest_member, "note"), healthCurve(data, bridge));
  const rows = data.worksOf[bridge];
  if (rows.length === 0) section.append(made("p", data.words.no_repair));
  else {
    const table = made("table");
    const head = table.createTHead().insertRow();
    for (const name of ["year", "member", "damage", "location", "method", "health_found", "work_cost", "why"])
      head.append(made("th", data.words[name], name === "health_found" || name === "work_cost" ? "number" : ""));
    table.createTBody().append(...rows.map((row) => workRow(data, row, false)));
    const wide = made("div", null, "wide");
    wide.append(table);
    section.append(wide);
  }
  return section;
}

function healthCurve(data, bridge) {
  const [left, top, width, height] = [30, 6, 860, 90];
  const x = (year) => left + (width * year) / data.horizon;
  const y = (health) => top + (height * (5 - health)) / 4;
  const shape = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const svg = shape("svg", { viewBox: `0 0 ${left + width + 10} ${top + height + 30}`, role: "img" });
  for (let health = 1; health <= 5; health += 1)
    svg.append(
      shape("line", { x1: left, x2: left + width, y1: y(health), y2: y(health), stroke: "#dde2e7" }),
      shape("text", { x: left - 6, y: y(health) + 4, "text-anchor": "end", "font-size": 11 }, health),
    );
  for (let year = 0; year <= data.horizon; year += 10) {
    const long = data.fiscal.length > 0;
    const anchor = long && year === 0 ? "start" : long && year === data.horizon ? "end" : "middle";
    svg.append(shape("text", { x: x(year), y: top + height + 26, "text-anchor": anchor, "font-size": 11 }, year + fiscal(data, year)));
  }
  const years = Array.from({ length: data.horizon + 1 }, (_, year) => year).filter((year) => healthOf(data, bridge, year) !== null);
  const points = years.map((year) => `${x(year).toFixed(1)},${y(healthOf(data, bridge, year)).toFixed(1)}`);
  svg.append(shape("polyline", { points: points.join(" "), fill: "none", stroke: "#0b5394", "stroke-width": 2 }));
  for (let year = data.bridges.first_year[bridge]; year <= years[years.length - 1]; year += data.bridges.interval[bridge])
    svg.append(shape("text", { x: x(year), y: top + height + 13, "text-anchor": "middle", "font-size": 9 }, "▲"));
  for (const year of new Set(data.worksOf[bridge].map((row) => data.works.year[row]).filter((year) => years.includes(year))))
    svg.append(shape("circle", { cx: x(year), cy: y(healthOf(data, bridge, year)), r: 4, fill: "#d55e00" }));
  return svg;
}

function showBridge(data, bridge, scroll) {
  element("choose").value = bridgeName(data, bridge);
  element("bridge").replaceChildren(bridgeSection(data, bridge));
  if (scroll) element("bridges").scrollIntoView();
}

function bridgeChooser(data) {
  data.worksOf = worksOfBridges(data);
  const rowOf = new Map(data.bridges.bridge_id.map((_, row) => [bridgeName(data, row), row]));
  element("names").append(
    ...Array.from(rowOf.keys(), (name) => {
      const option = made("option");
      option.value = name;
      return option;
    }),
  );
  element("choose").addEventListener("input", (event) => {
    const row = rowOf.get(event.target.value);
    if (row !== undefined) showBridge(data, row, false);
  });
  element("all").addEventListener("click", () => element("bridge").replaceChildren(...data.bridges.bridge_id.map((_, row) => bridgeSection(data, row))));
  const dearest = data.bridges.total.reduce((best, cost, row, all) => (cost > all[best] ? row : best), 0);
  showBridge(data, dearest, false);
}

async function start() {
  try {
    const data = await unpacked();
    data.laterLabel = data.specs.five_years ? data.specs.five_years.layer[0].encoding.color.scale.domain.at(-1) : "";
    bridgeChooser(data);
    if (element("works")) worksTable(data);
    await drawCharts(data);
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    element("failed").hidden = false;
    throw error;
  }
}

start();
