"use strict";
// The cross report's tools: they hide, reorder and rewrite what the page already holds, and ask nothing of the outside.
for (const root of document.querySelectorAll(".cross")) {
  const format = JSON.parse(root.dataset.format), first = +root.dataset.first, count = +root.dataset.count;
  const table = root.querySelector("table"), parts = [...table.tBodies], tools = root.querySelector(".tools");
  const rows = parts.flatMap(part => [...part.rows]), shown = table.tFoot.querySelector(".shown"), total = table.tFoot.querySelector(".total");
  const footer = [...table.tFoot.rows].filter(row => row !== shown), all = [...rows, ...footer];
  const said = root.querySelector("[role=status]"), scale = 10 ** format.digits, opened = root.querySelector(".opened");

  const make = (tag, text, ...children) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    element.append(...children);
    return element;
  };

  // Numbers as the page writes them: whole minor units in, the reader's text out.
  const grouped = digits => digits.replace(/\B(?=(\d{3})+$)/g, format.group);
  const write = (value, digits) => {
    const [whole, cents] = Math.abs(value).toFixed(digits).split(".");
    return (value < 0 ? format.minus : "") + grouped(whole) + (cents ? format.decimal + cents : "");
  };
  const money = units => units ? write(units / scale, format.shown) : "–", unit = 10 ** (format.digits - format.shown);
  const percent = (part, whole) => part && whole > 0 ? write(100 * part / whole, 1).replace(/^/, format.percent[0]) + format.percent[1] : "–";
  const sign = text => text.includes(format.minus) ? -1 : 1;
  const read = text => sign(text) * (+text.replace(/\D/g, "") || 0);
  const value = text => sign(text) * (parseFloat(text.replaceAll(format.group, "").replace(format.decimal, ".").replace(/[^\d.]/g, "")) || 0);
  const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  const totalAt = row => row.querySelector(".t");

  const amounts = new Map();                       // row → its cells and total in minor units, read when first needed
  const cellsOf = row => amounts.get(row) ?? amounts.set(row, row.dataset.now?.split(",").map(Number) ?? [...Array(count).keys(), -1].map(
    i => read((i < 0 ? totalAt(row) : row.cells[first + i]).textContent))).get(row);
  const beforeOf = row => (row.dataset.before ?? "").split(",").map(Number);
  const listOf = row => row.querySelector(".pill:not(.none)")?.textContent ?? "";
  const searched = new Map(rows.map(row => [row, plain(row.querySelector(".name").textContent + " " + row.dataset.id)]));
  const signOf = row => row.querySelector(".m > [aria-hidden]").textContent;
  const moves = { "▲": "rose", "▼": "fell", "–": "same", "+": "new", "↩": "back" };
  const traits = { list: listOf, abc: row => row.dataset.abc, move: row => moves[signOf(row)[0]] };

  const modes = {
    "": cells => cells.map(money),
    client: cells => cells.map(cell => percent(cell, cells[count])),
    branch: cells => cells.map((cell, i) => percent(cell, cellsOf(total)[i])),
    change: (cells, row) => {
      if (!row.dataset.before) return cells.map(() => "");
      const before = beforeOf(row), changes = cells.slice(0, count).map((cell, i) => cell - before[i]);
      return [...changes, changes.reduce((sum, change) => sum + change, 0)].map(c => (c > 0 ? "+" : "") + money(c));
    },
  };

  function rewrite(mode) {
    for (const row of [...all, shown]) {
      const cells = cellsOf(row), texts = modes[mode](cells, row);
      for (let i = 0; i < count; i++) row.cells[first + i].textContent = texts[i];
      totalAt(row).textContent = texts[count];
    }
    shade(mode);
  }

  // A cell's size among its like: what its shade shows.
  const sizes = {
    "": cells => cells,
    client: cells => cells.map(cell => cells[count] > 0 ? cell / cells[count] : 0),
    branch: cells => cells.map((cell, i) => cell / (cellsOf(total)[i] || 1)),
    change: (cells, before) => cells.map((cell, i) => cell - before[i]),
  };
  function shade(mode) {
    const values = rows.map(row => sizes[mode](cellsOf(row), mode === "change" && beforeOf(row)).slice(0, count));
    const sorted = Float64Array.from(values.flat().filter(value => value > 0)).sort();
    const steps = mode === "change" ? [] : [.5, .75, .9, .96, .99].map(q => sorted[Math.trunc(q * (sorted.length - 1))]);
    rows.forEach((row, r) => values[r].forEach((value, i) => {
      const step = value > 0 ? steps.filter(limit => value >= limit).length : 0;
      row.cells[first + i].className = value < 0 ? "neg" : step ? "q" + step : "";
    }));
  }

  // Of many rows the first are there at once, the others piece by piece, or all as soon as somebody asks.
  const laterFrom = from => parts.forEach((part, i) => part.classList.toggle("later", i >= from));
  function showMore() {
    const next = parts.findIndex(part => part.classList.contains("later"));
    if (next < 0) return;
    laterFrom(2 * next);
    setTimeout(showMore, 50);
  }
  requestAnimationFrame(() => setTimeout(showMore, 300));

  // Of the headings and of the names one each is a tab stop; the arrow keys lead from it to the others.
  const headings = [], names = [];
  function alone(buttons, one = buttons[0]) {
    for (const button of buttons) button.tabIndex = button === one ? 0 : -1;
  }
  function step(event, buttons, forth, back) {
    const all = buttons.filter(button => button.offsetParent), at = all.indexOf(event.target);
    const next = all[at + (event.key === forth) - (event.key === back)];
    if (at < 0 || !next || next === event.target) return;
    event.preventDefault();
    alone(buttons, next);
    next.focus();
  }
  root.addEventListener("keydown", event => {
    const [forth, back] = getComputedStyle(root).direction === "rtl" ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    step(event, headings, forth, back);
    step(event, [...table.querySelectorAll(".name button")], "ArrowDown", "ArrowUp");
  });

  // The state of the view, which also stands in the page's address.
  const fields = [...tools.elements].filter(field => field.name);
  let sortedBy = "";

  function filter() {
    close();
    const wanted = Object.fromEntries(fields.map(field => [field.name, field.value]));
    const words = plain(wanted.q).split(/\s+/).filter(Boolean);
    const keys = ["list", "abc", "move"].filter(key => wanted[key]);
    const visible = rows.filter(row => {
      const fits = keys.every(key => traits[key](row) === wanted[key]) && words.every(word => searched.get(row).includes(word));
      row.hidden = !fits;
      return fits;
    });
    const isAll = visible.length === rows.length;
    shown.hidden = isAll;
    shown.querySelector("th span").textContent = "(" + grouped(String(visible.length)) + " / " + grouped(String(rows.length)) + ")";
    const sums = Array(count + 1).fill(0);
    if (!isAll) for (const row of visible) cellsOf(row).forEach((cell, i) => sums[i] += cell);
    amounts.set(shown, sums);
    const before = Array(count).fill(0);
    if (!isAll) for (const row of visible) beforeOf(row).forEach((cell, i) => before[i] += cell || 0);
    shown.dataset.before = before.join(",");
    const texts = modes[wanted.cells](sums, shown);
    for (let i = 0; i < count; i++) shown.cells[first + i].textContent = texts[i];
    totalAt(shown).textContent = texts[count];
    const margin = shown.querySelector(".g");
    if (margin) margin.textContent = money(visible.reduce((sum, row) => sum + read(row.querySelector(".g").textContent) * unit, 0));
    shown.querySelector(".s").textContent = percent(sums[count], cellsOf(total)[count]);
    const nobody = words.length ? root.dataset.nobody.replace("§", () => wanted.q.trim()) : root.dataset.none;
    said.textContent = isAll ? "" : visible.length ? shown.querySelector("th").textContent : nobody;
    alone(names, visible[0]?.querySelector("button"));
  }

  const heads = [...table.tHead.rows[0].cells];
  const movement = row => {
    const change = signOf(row), places = value(change);
    return { "▲": places, "▼": -places, "–": 0 }[change[0]] ?? Infinity;
  };
  function keyOf(column) {
    const kind = heads[column].classList, text = row => row.cells[column].textContent;
    return kind.contains("c") ? row => plain(text(row)) : kind.contains("m") ? movement : row => value(text(row));
  }

  function sort(key) {
    close();
    sortedBy = key;
    const column = heads.findIndex(head => head.dataset.key === key.replace("-", "")), isDown = key.startsWith("-");
    heads.forEach(head => head.removeAttribute("aria-sort"));
    heads[Math.max(column, 0)].setAttribute("aria-sort", isDown ? "descending" : "ascending");
    const keys = new Map(column > 0 ? rows.map((row, i) => [row, [keyOf(column)(row), i]]) : []);
    const compare = (a, b) => a === b ? 0 : typeof a === "string" ? a.localeCompare(b) : a - b;
    const order = (a, b) => (isDown ? -1 : 1) * compare(keys.get(a)[0], keys.get(b)[0]) || keys.get(a)[1] - keys.get(b)[1];
    const ordered = column > 0 ? [...rows].sort(order) : rows, size = Math.ceil(rows.length / parts.length);
    laterFrom(fields.some(field => field.value) ? parts.length : 1);
    parts.forEach((part, i) => part.append(...ordered.slice(i * size, (i + 1) * size)));
    alone(names, ordered.find(row => !row.hidden)?.querySelector("button"));
    setTimeout(showMore, 50);
  }

  heads.forEach((head, i) => {
    head.dataset.key = i === 0 ? "" : String(i);
    const button = document.createElement("button");
    button.type = "button";
    button.append(make("span", "", ...head.childNodes));
    if (head.getAttribute("aria-label")) button.setAttribute("aria-label", head.getAttribute("aria-label"));
    head.append(button);
    headings.push(button);
    button.addEventListener("click", () => {
      const key = head.dataset.key, ways = head.classList.contains("c") ? [key, "-" + key] : ["-" + key, key];
      sort(key && ways[sortedBy === ways[0] ? 1 : 0]);
      remember();
    });
  });

  // The line a click on a client opens.
  let open = null;
  function close(focus) {
    if (!open) return;
    const button = open.previousElementSibling?.querySelector("[aria-expanded]");
    button?.setAttribute("aria-expanded", "false");
    open.remove();
    open = null;
    if (focus) button?.focus();
  }
  const details = opened && JSON.parse(opened.textContent);
  function bars(values) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), most = Math.max(...values, 1);
    svg.setAttribute("width", values.length * 14);
    svg.setAttribute("height", 40);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", values.map((value, i) => details.months[i] + ": " + write(value, 0)).join(", "));
    values.forEach((value, i) => {
      const bar = document.createElementNS(svg.namespaceURI, "rect"), height = Math.max(value > 0 ? 2 : 0, 40 * value / most);
      const title = document.createElementNS(svg.namespaceURI, "title");
      title.textContent = details.months[i] + ": " + write(value, 0);
      for (const [name, number] of Object.entries({ x: i * 14, y: 40 - height, width: 10, height })) bar.setAttribute(name, number);
      bar.append(title);
      svg.append(bar);
    });
    return svg;
  }
  function show(row, button) {
    const again = open?.previousElementSibling === row;
    close();
    if (again) return;
    const at = rows.indexOf(row), list = make("dl"), cell = make("td"), inside = make("div", "", list);
    details.rows[at].forEach((value, i) => value && list.append(make("div", "", make("dt", details.labels[i]), make("dd", value))));
    list.append(make("div", "", make("dt", tools.elements.abc.previousElementSibling.textContent), make("dd", row.dataset.abc)));
    if (details.bars[at].length)
      list.prepend(make("div", "", make("dt", details.months[0] + " – " + details.months.at(-1)), make("dd", "", bars(details.bars[at]))));
    inside.className = "in";
    cell.colSpan = heads.length;
    cell.append(inside);
    open = make("tr", "", cell);
    open.className = "line";
    row.after(open);
    button.setAttribute("aria-expanded", "true");
  }
  if (details) for (const row of rows) {
    const name = row.querySelector(".name"), button = make("button");
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.append(...name.childNodes);
    name.append(button);
    names.push(button);
    button.addEventListener("click", () => {
      alone(names, button);
      show(row, button);
    });
  }
  root.addEventListener("keydown", event => event.key === "Escape" && open && close(true));

  // What is seen, as CSV; text that a spreadsheet would take for a formula gets an apostrophe.
  function csv() {
    const cell = text => '"' + (/^[=+\-@\t\r]/.test(text) ? "'" : "") + text.replaceAll('"', '""') + '"';
    const isAmount = (td, i) => mode === "" && (i >= first || td.matches(".t")) && !td.matches(".s, .b");
    const client = (row, th) => [row.querySelector(".name")?.textContent ?? th.textContent, row.dataset.id ?? "", listOf(row)];
    const amount = (td, i, row) => td.textContent && ((td.matches(".g") ? read(td.textContent) * unit : cellsOf(row)[td.matches(".t") ? count : i - first]) / scale).toFixed(format.digits);
    const field = (td, i, row) => td.classList.contains("c") ? client(row, td).map(cell).join(",")
      : isAmount(td, i) ? amount(td, i, row) : cell((td.querySelector(".vh") ?? td).textContent);
    const listHead = tools.elements.list?.previousElementSibling.textContent ?? "";
    const head = heads.flatMap(th => th.classList.contains("c") ? [th.textContent, "id", listHead] : [th.textContent]);
    const lines = [...table.rows].slice(1).filter(row => !row.hidden && row !== open);
    const records = lines.map(row => [...row.cells].map((td, i) => field(td, i, row)).join(","));
    return "\ufeff" + [head.map(cell).join(","), ...records].join("\r\n") + "\r\n";
  }
  tools.querySelector(".csv").addEventListener("click", () => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "cross.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  function remember() {
    const entries = fields.filter(field => field.value).map(field => [field.name, field.value]);
    if (sortedBy) entries.push(["sort", sortedBy]);
    const hash = new URLSearchParams(entries).toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  }
  let mode = "";
  function apply() {
    laterFrom(parts.length);
    const now = tools.elements.cells.value;
    if (now !== mode) rewrite(mode = now);
    filter();
  }
  function recall() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    if (location.hash && ![...fields.map(field => field.name), "sort"].some(name => wanted.has(name))) return;  // a place
    for (const field of fields) {
      field.value = wanted.get(field.name) ?? "";
      if (field.selectedIndex < 0) field.value = "";
    }
    apply();
    sort(wanted.get("sort") ?? "");
  }
  tools.addEventListener("input", () => { apply(); remember(); });
  tools.addEventListener("submit", event => event.preventDefault());
  addEventListener("hashchange", recall);
  tools.hidden = false;
  alone(headings);
  alone(names);
  heads[0].setAttribute("aria-sort", "ascending");
  if (location.hash) recall();
}
