// The waveform and the lanes under it. All places are shares of the axis, so a wider plot needs no drawing anew.

const ROWS = 6; // of marks with words in one lane; what is left shares the last
const GAP_PX = 4;

const waveOf = (view) => {
  const { per_s, values } = view.peaks;
  const row = made("div", "row wave");
  if (!values.length) return row;
  for (const look of ["wave-all", "wave-played"]) {
    const picture = drawn("svg", { viewBox: `0 0 ${values.length} 200`, preserveAspectRatio: "none", class: look });
    picture.append(drawn("path", { d: outline(values) }));
    picture.style.left = share(view.begin, view);
    picture.style.width = share(values.length / per_s, view);
    row.append(picture);
  }
  return row;
};

// Quiet speech has peaks of a tenth; the root keeps it visible, and a fixed scale keeps calls comparable.
const outline = (values) => {
  const heights = values.map((value) => Math.max(1, 98 * Math.sqrt(value / 100)));
  const top = heights.map((height, at) => `L${at} ${(100 - height).toFixed(1)} ${at + 1} ${(100 - height).toFixed(1)}`);
  const low = heights.map((height, at) => `L${at + 1} ${(100 + height).toFixed(1)} ${at} ${(100 + height).toFixed(1)}`);
  return `M0 100${top.join("")}${low.reverse().join("")}Z`;
};

const unheardOf = (view) => {
  const element = made("div", "unheard");
  element.style.width = share(view.begin, view);
  element.title = view.words.unheard;
  return element;
};

const pieceOf = (piece, view) => {
  const element = made("div", `piece ${piece.look}${piece.is_again ? " again" : ""}`);
  element.style.left = share(piece.start_s, view);
  element.style.width = share(piece.end_s - piece.start_s, view);
  element.append(made("span", "", piece.is_again ? `↻ ${piece.text}` : piece.text));
  return element;
};

const SYMBOLS = { for: "add", against: "remove", key: "dialpad", end: "call_end", sign: "bolt", step: "flag" };

const markOf = (mark, lane, view) => {
  const element = made("button", `mark ${mark.look}`);
  element.type = "button";
  element.style.left = share(mark.at_s, view);
  element.append(symbol(SYMBOLS[mark.look]));
  if (lane.name !== "findings") element.append(made("span", "", mark.text));
  const side = { for: view.words.for, against: view.words.against }[mark.look];
  element.setAttribute("aria-label", [side, ...linesOf(mark, view)].filter(Boolean).join(", "));
  return element;
};

const laneOf = (lane, view, items) => {
  const row = made("div", `row lane lane-${lane.name}`);
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", lane.title);
  row.dataset.lane = lane.name;
  for (const piece of lane.pieces) {
    const element = pieceOf(piece, view);
    items.set(element, piece);
    row.append(element);
  }
  for (const mark of lane.marks) {
    const element = markOf(mark, lane, view);
    items.set(element, mark);
    row.append(element);
  }
  return row;
};

const threadsOf = (view) =>
  view.lanes[0].marks.map((mark) => {
    const element = made("div", `thread ${mark.look}`);
    element.style.left = share(mark.at_s, view);
    return element;
  });

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200];

const axisTicks = (row, view, width) => {
  const each = STEPS_S.find((step) => (step * width) / view.end >= 56) ?? 14400;
  row.replaceChildren();
  for (let at = 0; at <= view.end + 1e-9; at += each) {
    const tick = made("span", "tick", seconds(at, view, each < 1 ? 1 : 0));
    tick.style.left = share(at, view);
    row.append(tick);
  }
};

// Marks of a lane that would cover each other go into rows of their own; returns how many rows that takes.
const stacked = (row, width) => {
  const rows = [];
  const isPin = row.dataset.lane === "findings";
  for (const mark of row.querySelectorAll(".mark")) {
    const [from, to] = extent(mark, (parseFloat(mark.style.left) / 100) * width, width, isPin);
    const found = rows.findIndex((taken) => taken.every(([start, end]) => to + GAP_PX <= start || from >= end + GAP_PX));
    const at = found >= 0 ? found : Math.min(rows.length, ROWS - 1);
    (rows[at] ??= []).push([from, to]);
    mark.style.setProperty("--stack", at);
  }
  return rows.length;
};

const extent = (mark, left, width, isPin) => {
  const own = mark.offsetWidth;
  if (isPin) return [left - own / 2, left + own / 2];
  const isTurned = left + own > width && left > own;
  mark.classList.toggle("turned", isTurned);
  return isTurned ? [left - own, left] : [left, left + own];
};
