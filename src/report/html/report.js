"use strict";
// Explores the documents that are on the page. Without this script they are read by opening their lists.
// Texts are taken from these lists, places and groups from the JSON beside this script; all of it is data, and becomes
// nodes of text only.
(() => {
  const byId = (id) => document.getElementById(id);
  const section = byId("explore");
  if (!section) return;
  const data = JSON.parse(byId("data").textContent);
  const count = data.rows.length;
  const SHOWN = 20; // documents that the list shows at once
  const NEAR = 10; // pixels within which a point is under the pointer
  const COLORS = 12; // colors of their own; further groups are gray
  const LABELS = 24; // labels on the map at most

  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false && value !== null) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };
  const isolated = (text) => make("bdi", {}, text);
  const number = (value) => value.toLocaleString("en-US");
  const plural = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const percent = (share) => {
    const written = (100 * share).toFixed(data.decimals);
    const least = (10 ** -data.decimals).toFixed(data.decimals);
    if (share > 0 && Number(written) === 0) return `<${least}%`;
    if (share < 1 && Number(written) === 100) return `>${(100 - least).toFixed(data.decimals)}%`;
    return `${written}%`;
  };
  // The interval of a share after Wilson (1927), as everywhere in the report.
  const interval = (part, whole) => {
    const z = 1.959963984540054, square = (z * z) / whole, share = part / whole;
    const middle = (share + square / 2) / (1 + square);
    const half = (z / (1 + square)) * Math.sqrt((share * (1 - share)) / whole + square / (4 * whole));
    const [low, high] = [Math.max(0, middle - half), Math.min(1, middle + half)];
    return `${(100 * low).toFixed(data.decimals)}–${(100 * high).toFixed(data.decimals)}%`;
  };

  // Documents, clusters, and what is chosen of them.
  const items = new Map();
  for (const item of document.querySelectorAll(".documents li[data-row]")) {
    if (!items.has(item.dataset.row)) items.set(item.dataset.row, item);
  }
  const item = (place) => items.get(String(data.rows[place]));
  const idOf = (place) => item(place).querySelector(".id").textContent;
  const textOf = (place) => item(place).querySelector(".text, .lacking")?.textContent ?? "";
  const folded = new Array(count).fill(null);
  const hasMap = data.points.length > 0 && byId("map") !== null;
  const chosen = { words: [], groups: new Set(), values: data.columns.map(() => -1), lasso: null, point: null };
  let selection = [];
  let isSelected = new Uint8Array(count);

  const holdsWords = (place) => {
    folded[place] ??= fold(item(place).textContent);
    return chosen.words.every((word) => folded[place].includes(word));
  };
  const isInGroups = (place) => chosen.groups.size === 0 || data.held[place].some((group) => chosen.groups.has(group));
  const isChosenOtherwise = (place) =>
    chosen.values.every((value, column) => value < 0 || data.columns[column].places[place] === value) &&
    (chosen.point === null || chosen.point.includes(place)) &&
    (chosen.lasso === null || isInside(place, chosen.lasso)) &&
    (chosen.words.length === 0 || holdsWords(place));
  const isAnythingChosen = () =>
    chosen.words.length > 0 || chosen.groups.size > 0 || chosen.values.some((value) => value >= 0) ||
    chosen.point !== null || chosen.lasso !== null;

  const choose = () => {
    selection = [];
    // The contents count what each cluster would add: what is chosen but for the choice of clusters.
    const within = new Array(data.groups.length).fill(0);
    for (let place = 0; place < count; place += 1) {
      const isOtherwise = isChosenOtherwise(place);
      isSelected[place] = isOtherwise && isInGroups(place) ? 1 : 0;
      if (isSelected[place]) selection.push(place);
      if (isOtherwise) for (const group of data.held[place]) within[group] += 1;
    }
    showContents(within);
    showList(SHOWN);
    showTables();
    draw();
    section.classList.toggle("some", isAnythingChosen());
    byId("clear").hidden = !isAnythingChosen();
    byId("found").textContent = isAnythingChosen() ? `${plural(selection.length, "document")} chosen` : "";
  };

  // The contents: clusters and their parts.
  const [buttons, swatches, counts] = [[], [], []];
  const buildContents = () => {
    const lists = data.groups.map(() => null);
    const top = make("ul", { role: "list" });
    data.groups.forEach((group, place) => {
      const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
      const label = make("span", { class: "label" }, isolated(group.number ? `${group.number} ${group.label}` : group.label));
      counts[place] = make("span", { class: "size" });
      const button = make("button", { type: "button", "aria-pressed": "false" }, swatch, label, counts[place]);
      if (group.outside) button.classList.add("outside");
      button.addEventListener("click", () => {
        if (!chosen.groups.delete(place)) chosen.groups.add(place);
        choose();
      });
      [buttons[place], swatches[place]] = [button, swatch];
      const entry = make("li", {}, button);
      lists[place] = entry;
      const above = group.parent === null ? null : lists[group.parent];
      if (above && !above.querySelector("ul")) above.append(make("ul", { role: "list" }));
      (above ? above.querySelector("ul") : top).append(entry);
    });
    byId("contents").append(top);
  };
  const showContents = (within) => {
    buttons.forEach((button, place) => {
      button.setAttribute("aria-pressed", String(chosen.groups.has(place)));
      button.classList.toggle("nothing", within[place] === 0);
      counts[place].textContent = number(within[place]);
    });
  };
  const showSwatches = () => swatches.forEach((swatch, place) => (swatch.dataset.color = colorBy.group(place)));

  // Colors: of clusters at one depth, or of a column's values.
  const depths = data.groups.reduce((most, group) => Math.max(most, group.depth), 0);
  const groupAt = (place, depth) => data.held[place].find((group) => data.groups[group].depth === depth && !data.groups[group].outside);
  const ranks = [];
  for (let depth = 0; depth <= depths; depth += 1) {
    let rank = 0;
    data.groups.forEach((group, place) => {
      if (group.depth === depth) ranks[place] = group.outside || rank >= COLORS ? -1 : rank++;
    });
  }
  const colorBy = {
    column: -1,
    depth: 0,
    // -1 is gray.
    point: (place) => {
      if (colorBy.column >= 0) {
        const value = data.columns[colorBy.column].places[place];
        return value < COLORS ? value : -1;
      }
      const group = groupAt(place, colorBy.depth);
      return group === undefined ? -1 : ranks[group];
    },
    group: (place) => (colorBy.column < 0 && data.groups[place].depth === colorBy.depth ? ranks[place] : -2),
  };
  const buildColors = () => {
    const select = byId("colored");
    for (let depth = 0; depth <= depths; depth += 1) {
      const name = depth === 0 ? "cluster" : depth === 1 ? "part" : `part of level ${depth + 1}`;
      select.append(make("option", { value: `depth ${depth}` }, name));
    }
    data.columns.forEach((column, place) => select.append(make("option", { value: `column ${place}` }, column.name)));
    select.addEventListener("change", () => {
      const [kind, place] = select.value.split(" ");
      colorBy.column = kind === "column" ? Number(place) : -1;
      colorBy.depth = kind === "depth" ? Number(place) : 0;
      showLegend();
      showSwatches();
      draw();
    });
  };
  const showLegend = () => {
    const legend = byId("legend");
    legend.replaceChildren();
    if (colorBy.column < 0) return;
    data.columns[colorBy.column].values.forEach((value, place) => {
      const swatch = make("span", { class: "swatch", "aria-hidden": "true", "data-color": place < COLORS ? place : -1 });
      legend.append(make("span", { class: "key" }, swatch, isolated(value)), " ");
    });
  };

  // The list.
  let shown = SHOWN;
  const showList = (most) => {
    shown = most;
    const list = byId("list");
    list.replaceChildren(...selection.slice(0, most).map((place) => {
      const copy = item(place).cloneNode(true);
      copy.hidden = false;
      const labels = data.held[place].map((group) => data.groups[group]);
      const about = make("p", { class: "about" });
      labels.forEach((group) => {
        about.append(" ", isolated(group.number ? `${group.number} ${group.label}` : group.label));
      });
      copy.append(about);
      return copy;
    }));
    const some = Math.min(most, selection.length);
    byId("chosen").textContent = selection.length === 0 ? "No document is chosen: let go of something above." :
      some < selection.length ? `${number(some)} of ${plural(selection.length, "document")}` : plural(selection.length, "document");
    byId("more").hidden = some >= selection.length;
  };
  byId("more").addEventListener("click", () => {
    const before = shown;
    showList(shown + SHOWN);
    const next = byId("list").children[before];
    next?.setAttribute("tabindex", "-1");
    next?.focus();
  });

  // Columns: what is chosen of them, and clusters by the values of one.
  let tabled = Math.max(0, data.columns.findIndex((column) => column.period));
  const buildValues = () => {
    data.columns.forEach((column, place) => {
      const select = make("select", { id: `value-${place}` }, make("option", { value: "-1" }, "all"));
      column.values.forEach((value, at) => select.append(make("option", { value: String(at) }, value)));
      select.addEventListener("change", () => {
        chosen.values[place] = Number(select.value);
        choose();
      });
      byId("values").append(make("label", {}, isolated(column.name), " ", select));
    });
    if (data.columns.length === 0) return;
    const select = make("select", { id: "tabled", "aria-label": "column" });
    data.columns.forEach((column, place) => select.append(make("option", { value: String(place) }, column.name)));
    select.value = String(tabled);
    select.addEventListener("change", () => {
      tabled = Number(select.value);
      showTables();
    });
    const heading = make("h3", { id: "chosen-by" }, "Chosen documents by ", select);
    byId("tables").append(heading, make("div", { id: "time" }), make("div", { id: "table" }));
  };
  const showTables = () => {
    if (data.columns.length === 0) return;
    const column = data.columns[tabled];
    const nothing = () => new Array(column.values.length).fill(0);
    const all = nothing(), of = nothing(), rows = data.groups.map(nothing);
    column.places.forEach((value, place) => {
      if (value < 0) return;
      of[value] += 1;
      if (!isSelected[place]) return;
      all[value] += 1;
      for (const group of data.held[place]) rows[group][value] += 1;
    });
    byId("time").replaceChildren(...(column.period ? [timeLine(column, all, of)] : []));
    byId("table").replaceChildren(table(column, all, rows));
  };
  const cell = (part, whole) => {
    if (part === 0) return make("td", {}, make("span", { class: "nothing" }, "0"));
    const of = make("span", { class: "of" }, percent(part / whole));
    return make("td", {}, number(part), of, make("span", { class: "of" }, interval(part, whole)));
  };
  const row = (name, values, isOutside) => {
    const whole = values.reduce((sum, value) => sum + value, 0);
    return make("tr", { class: isOutside ? "outside" : false }, make("th", { scope: "row" }, isolated(name)),
      ...values.map((value) => cell(value, whole)), make("td", {}, number(whole)));
  };
  const table = (column, all, rows) => {
    const head = make("tr", {}, make("td"), ...column.values.map((value) => make("th", { scope: "col" }, isolated(value))),
      make("th", { scope: "col" }, "all"));
    const body = make("tbody");
    data.groups.forEach((group, place) => {
      if (rows[place].every((value) => value === 0)) return;
      body.append(row(group.number ? `${group.number} ${group.label}` : group.label, rows[place], group.outside));
    });
    // Of a sample that holds small clusters whole, all together are no picture of the corpus.
    if (!data.sample) body.append(row("all chosen", all, false));
    const counts = make("table", { class: column.values.length > 8 ? "counts many" : "counts" }, make("thead", {}, head), body);
    const what = "Chosen documents, and their share of the chosen documents of the row, with its 95% interval (Wilson).";
    return make("div", { class: "wide", role: "region", "aria-labelledby": "chosen-by", tabindex: "0" },
      make("p", { class: "scale" }, what), counts);
  };
  const timeLine = (column, all, of) => {
    const most = Math.max(1, ...of);
    const bars = make("ol", { class: "time", role: "list", "aria-label": `Documents by ${column.period}` });
    column.values.forEach((value, place) => {
      const [back, front] = [make("span", { class: "back" }), make("span", { class: "front" })];
      back.style.blockSize = `${(100 * of[place]) / most}%`;
      front.style.blockSize = `${(100 * all[place]) / most}%`;
      const words = make("span", { class: "unseen" }, `${value}: ${number(all[place])} of ${number(of[place])}`);
      const period = make("span", { class: "period", "aria-hidden": "true" }, value);
      bars.append(make("li", { title: `${value}: ${number(all[place])} of ${number(of[place])}` },
        make("span", { class: "bars", "aria-hidden": "true" }, back, front), period, words));
    });
    return bars;
  };

  // The selection as a file.
  const VISIBLE = /^[\s\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*/u;
  const guarded = (text) => {
    const runs = /^[=+\-@＝＋－＠]/u.test(text.replace(VISIBLE, "")) || /^[\t\r\n]/.test(text);
    const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);
    return runs && !isNumber ? `'${text}` : text;
  };
  const quoted = (text) => {
    const cell = guarded(text);
    return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  };
  const csv = () => {
    const labels = (place) => data.held[place].filter((group) => !data.groups[group].outside).map((group) => data.groups[group].label);
    const header = ["text", ...data.columns.map((column) => column.name), "colligate_id", "colligate_label", "colligate_labels"];
    const rows = selection.map((place) => [
      textOf(place),
      ...data.columns.map((column) => column.values[column.places[place]] ?? ""),
      idOf(place),
      labels(place)[0] ?? "",
      labels(place).join("; "),
    ]);
    return `\ufeff${[header, ...rows].map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("")}`;
  };
  byId("download").addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    const name = `${data.corpus.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "") || "documents"}-chosen.csv`;
    const link = make("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  });

  // The map: points in a square from 0 to 1, seen through a window of it.
  const canvas = byId("map");
  const view = { x: 0.5, y: 0.5, zoom: 1, width: 0, height: 0 };
  const STEPS = 4095;
  const hasPlace = (place) => hasMap && data.points[2 * place] >= 0;
  const at = (place) => [data.points[2 * place] / STEPS, 1 - data.points[2 * place + 1] / STEPS];
  // How much of the map there are points in, in each direction around its middle.
  const spread = [0, 0];
  const side = () => Math.min(view.width / spread[0], view.height / spread[1]) * 0.92 * view.zoom;
  const onScreen = ([x, y]) => [view.width / 2 + (x - view.x) * side(), view.height / 2 + (y - view.y) * side()];
  const onMap = ([x, y]) => [(x - view.width / 2) / side() + view.x, (y - view.height / 2) / side() + view.y];
  // Whether a point lies in a polygon: a ray from it crosses the outline an odd number of times.
  const isInside = (place, polygon) => {
    if (!hasPlace(place)) return false;
    const [x, y] = at(place);
    let inside = false;
    for (let one = 0, other = polygon.length - 1; one < polygon.length; other = one, one += 1) {
      const [[ax, ay], [bx, by]] = [polygon[one], polygon[other]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
    return inside;
  };
  // Points by cells of the map, so that what is under the pointer is found among few.
  const CELLS = 64;
  const cells = new Map();
  const cellOf = (value) => Math.max(0, Math.min(CELLS - 1, Math.floor(value * CELLS)));
  const nearest = (position) => {
    const reach = NEAR / side();
    const [x, y] = onMap(position);
    let best = null, least = reach * reach;
    for (let column = cellOf(x - reach); column <= cellOf(x + reach); column += 1) {
      for (let line = cellOf(y - reach); line <= cellOf(y + reach); line += 1) {
        for (const place of cells.get(column * CELLS + line) ?? []) {
          const [px, py] = at(place);
          const distance = (px - x) ** 2 + (py - y) ** 2;
          // What is chosen is in front of what is not.
          if (distance < least - (isSelected[place] ? 0 : 1e-12)) [best, least] = [place, distance];
        }
      }
    }
    return best;
  };

  let current = null; // the point under the pointer or the keys
  let outline = null; // what is being drawn, on the map
  const style = () => {
    const css = getComputedStyle(section);
    const of = (name) => css.getPropertyValue(name).trim();
    return {
      paper: of("--paper"), ink: of("--ink"), gray: of("--gray"), rule: of("--rule"), bind: of("--bind"), figures: of("--figures"),
      colors: Array.from({ length: COLORS }, (_, color) => of(`--color-${color}`)),
    };
  };
  let waiting = false;
  const draw = () => {
    if (!hasMap || waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      paint();
    });
  };
  const paint = () => {
    const ratio = window.devicePixelRatio || 1;
    if (view.width === 0) return;
    canvas.width = Math.round(view.width * ratio);
    canvas.height = Math.round(view.height * ratio);
    const pen = canvas.getContext("2d");
    const look = style();
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    // Few points may be large.
    const radiusOf = (points) => Math.min(5, Math.max(1.6, 60 / Math.sqrt(points))) * Math.min(2, Math.sqrt(view.zoom));
    const [back, radius] = [radiusOf(count) * 0.8, radiusOf(selection.length + 1)];
    const dot = (place, size) => {
      const [x, y] = onScreen(at(place));
      if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) return;
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      pen.fill();
    };
    for (const front of [0, 1]) {
      pen.globalAlpha = front ? 0.85 : 0.35;
      for (let place = 0; place < count; place += 1) {
        if (!hasPlace(place) || isSelected[place] !== front) continue;
        const color = colorBy.point(place);
        pen.fillStyle = front && color >= 0 ? look.colors[color] : look.gray;
        dot(place, front ? radius : back);
      }
    }
    pen.globalAlpha = 1;
    paintLabels(pen, look);
    const line = outline ?? chosen.lasso;
    if (line && line.length > 1) {
      pen.strokeStyle = look.bind;
      pen.lineWidth = 1.5;
      pen.setLineDash([5, 4]);
      pen.beginPath();
      line.forEach((point, order) => (order === 0 ? pen.moveTo(...onScreen(point)) : pen.lineTo(...onScreen(point))));
      pen.closePath();
      pen.stroke();
      pen.setLineDash([]);
    }
    if (current !== null && hasPlace(current)) {
      const [x, y] = onScreen(at(current));
      pen.strokeStyle = look.ink;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(x, y, radius + 4, 0, 2 * Math.PI);
      pen.stroke();
    }
  };
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  // Where each cluster of a depth has its middle on the map, among documents that are chosen.
  const middles = (depth, places) => {
    const xs = new Map(), ys = new Map();
    for (const place of places) {
      const group = groupAt(place, depth);
      if (group === undefined || !hasPlace(place)) continue;
      if (!xs.has(group)) xs.set(group, []), ys.set(group, []);
      const [x, y] = at(place);
      xs.get(group).push(x);
      ys.get(group).push(y);
    }
    return [...xs.keys()].sort((a, b) => a - b).map((group) => ({ group, size: xs.get(group).length, middle: [median(xs.get(group)), median(ys.get(group))] }));
  };
  const paintLabels = (pen, look) => {
    const taken = [];
    pen.font = `600 13px ${look.figures}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    for (const { group, middle } of middles(colorBy.depth, selection).slice(0, LABELS)) {
      const { number: name, label } = data.groups[group];
      const words = [...`${name} ${label}`];
      const text = words.length > 30 ? `${words.slice(0, 29).join("").trim()}…` : words.join("");
      const [mx, my] = onScreen(middle);
      if (mx < 0 || my < 0 || mx > view.width || my > view.height) continue;
      const half = pen.measureText(text).width / 2 + 3;
      const x = Math.max(half, Math.min(view.width - half, mx));
      const boxAt = (y) => [x - half, y - 9, x + half, y + 9];
      const isFree = (box) => !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      const y = [my, my - 19, my + 19, my - 38, my + 38].find((y) => y > 9 && y < view.height - 9 && isFree(boxAt(y)));
      if (y === undefined) continue;
      taken.push(boxAt(y));
      pen.strokeStyle = look.paper;
      pen.lineWidth = 4;
      pen.strokeText(text, x, y);
      pen.fillStyle = look.ink;
      pen.fillText(text, x, y);
    }
  };
  const buildNeighbors = () => {
    const all = middles(0, Array.from({ length: count }, (_, place) => place));
    const name = (group) => `${data.groups[group].number} ${data.groups[group].label}`;
    const body = make("tbody");
    for (const { group, size, middle } of all) {
      const far = ({ middle: [x, y] }) => (x - middle[0]) ** 2 + (y - middle[1]) ** 2;
      const near = all.filter((other) => other.group !== group).sort((a, b) => far(a) - far(b)).slice(0, 2);
      const next = make("td");
      near.forEach((other, order) => next.append(order > 0 ? "; " : "", isolated(name(other.group))));
      body.append(make("tr", {}, make("th", { scope: "row" }, isolated(name(group))), make("td", {}, number(size)), next));
    }
    const head = make("tr", {}, ...["Cluster", "Documents", "Nearest clusters on the map"].map((text) => make("th", { scope: "col" }, text)));
    byId("neighbors").append(make("div", { class: "wide" }, make("table", {}, make("thead", {}, head), body)));
  };

  const beginning = (place) => {
    const text = [...textOf(place).trim().replace(/\s+/gu, " ")];
    return text.length > 180 ? `${text.slice(0, 179).join("")}…` : text.join("");
  };
  const point = (place, isByKeys) => {
    if (current === place && !isByKeys) return;
    current = place;
    const near = byId("near");
    near.hidden = place === null;
    if (place !== null) {
      const group = groupAt(place, 0);
      const label = group === undefined ? "in no cluster" : `${data.groups[group].number} ${data.groups[group].label}`;
      near.replaceChildren(make("bdi", { dir: "auto" }, beginning(place)), make("span", { class: "about" }, isolated(idOf(place)), " · ", isolated(label)));
      const [x, y] = onScreen(at(place));
      near.style.insetInlineStart = `${Math.max(0, Math.min(view.width - near.offsetWidth, x - near.offsetWidth / 2))}px`;
      near.style.insetBlockStart = `${y + 14 + near.offsetHeight > view.height ? Math.max(0, y - 14 - near.offsetHeight) : y + 14}px`;
      if (isByKeys) byId("here").textContent = `${idOf(place)}, ${label}: ${beginning(place)}`;
    }
    canvas.classList.toggle("over", place !== null);
    draw();
  };
  // Chooses what lies at a point: several documents may have one text.
  const keep = (place) => {
    const [x, y] = [data.points[2 * place], data.points[2 * place + 1]];
    const same = (other) => data.points[2 * other] === x && data.points[2 * other + 1] === y;
    chosen.point = data.rows.map((_, other) => other).filter(same);
    chosen.lasso = null;
    choose();
  };
  const letGo = () => {
    chosen.point = chosen.lasso = null;
    choose();
  };
  const zoom = (factor, position) => {
    const before = onMap(position ?? [view.width / 2, view.height / 2]);
    view.zoom = Math.min(40, Math.max(1, view.zoom * factor));
    const after = onMap(position ?? [view.width / 2, view.height / 2]);
    view.x += before[0] - after[0];
    view.y += before[1] - after[1];
    if (view.zoom === 1) view.x = view.y = 0.5;
    draw();
  };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  // The nearest chosen document in a direction: far aside counts twice.
  const step = ([dx, dy]) => {
    const places = selection.filter(hasPlace);
    if (places.length === 0) return;
    if (current === null || !isSelected[current]) return point(places[0], true);
    const [x, y] = at(current);
    let best = null, least = Infinity;
    for (const place of places) {
      const [px, py] = at(place);
      const along = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (along <= 1e-9 || along + 2 * aside >= least) continue;
      [best, least] = [place, along + 2 * aside];
    }
    if (best === null) return;
    const [sx, sy] = onScreen(at(best));
    if (sx < 0 || sy < 0 || sx > view.width || sy > view.height) [view.x, view.y] = at(best);
    point(best, true);
  };
  const buildMap = () => {
    for (let place = 0; place < count; place += 1) {
      if (!hasPlace(place)) continue;
      const [x, y] = at(place);
      [spread[0], spread[1]] = [Math.max(spread[0], Math.abs(2 * x - 1)), Math.max(spread[1], Math.abs(2 * y - 1))];
      const cell = cellOf(x) * CELLS + cellOf(y);
      if (!cells.has(cell)) cells.set(cell, []);
      cells.get(cell).push(place);
    }
    [spread[0], spread[1]] = spread.map((value) => Math.max(value, 0.05));
    canvas.setAttribute("aria-label", `Map of ${plural(count, "document")}. Arrow keys go from document to document, ` +
      "Enter chooses one, plus and minus zoom, Escape lets go.");
    const position = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let isDrawing = false, from = null;
    const setDrawing = (is) => {
      isDrawing = is;
      byId("draw").setAttribute("aria-pressed", String(is));
      canvas.classList.toggle("drawing", is);
    };
    byId("draw").addEventListener("click", () => setDrawing(!isDrawing));
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || (event.pointerType !== "mouse" && !isDrawing)) return;
      canvas.setPointerCapture(event.pointerId);
      from = position(event);
      outline = [onMap(from)];
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!outline) return point(nearest(position(event)), false);
      outline.push(onMap(position(event)));
      draw();
    });
    const end = (event) => {
      const [line, to] = [outline, position(event)];
      outline = null;
      const isClick = !from || Math.hypot(to[0] - from[0], to[1] - from[1]) < 4 && line.length < 8;
      from = null;
      if (line && !isClick && line.length > 2) {
        chosen.lasso = line;
        chosen.point = null;
        setDrawing(false);
        return choose();
      }
      const place = nearest(to);
      if (place !== null) return keep(place);
      if (chosen.point || chosen.lasso) letGo();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", () => {
      outline = from = null;
      draw();
    });
    canvas.addEventListener("pointerleave", () => {
      if (!outline) point(null, false);
    });
    // Without a key the wheel scrolls the page.
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.25 : 0.8, position(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (!isPlain) return;
      if (ARROWS[event.key]) step(ARROWS[event.key]);
      else if (event.key === "Enter" && current !== null) keep(current);
      else if (event.key === "+" || event.key === "=") zoom(1.5);
      else if (event.key === "-") zoom(1 / 1.5);
      else if (event.key === "0") zoom(0);
      else if (event.key === "Escape") letGo();
      else return;
      event.preventDefault();
    });
    canvas.addEventListener("blur", () => point(null, false));
    byId("closer").addEventListener("click", () => zoom(1.5));
    byId("farther").addEventListener("click", () => zoom(1 / 1.5));
    new ResizeObserver(() => {
      [view.width, view.height] = [canvas.clientWidth, canvas.clientHeight];
      draw();
    }).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    matchMedia("print").addEventListener("change", () => paint());
    buildNeighbors();
  };

  // Words, and letting go of everything.
  const search = () => {
    chosen.words = fold(byId("words").value).split(/\s+/).filter(Boolean);
    choose();
  };
  let typing;
  byId("words").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, 150);
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    search();
  });
  byId("clear").addEventListener("click", () => {
    Object.assign(chosen, { words: [], groups: new Set(), values: data.columns.map(() => -1), lasso: null, point: null });
    byId("words").value = "";
    byId("values").querySelectorAll("select").forEach((select) => (select.value = "-1"));
    choose();
    byId("words").focus();
  });

  section.hidden = false;
  buildContents();
  if (hasMap) showSwatches();
  buildValues();
  if (hasMap) {
    buildColors();
    buildMap();
  }
  choose();
})();
