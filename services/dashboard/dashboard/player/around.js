// What stands around the plot: the tools above it, the legend, the table of findings and the list for reading.

const SPEEDS = [0.5, 1, 1.5, 2];

const toolsOf = (view, acts) => {
  const bar = made("div", "bar");
  const play = button("play_arrow", view.words.play, acts.toggle);
  play.classList.add("play");
  const clock = made("span", "clock");
  const now = made("span", "now");
  const speed = made("select", "speed");
  named(speed, view.words.speed);
  for (const each of SPEEDS) speed.append(new Option(`${String(each).replace(".", view.words.decimal)}×`, each));
  speed.value = "1";
  speed.addEventListener("change", () => acts.speed(Number(speed.value)));
  bar.append(
    play,
    button("skip_previous", view.words.previous, () => acts.skip(-1)),
    button("skip_next", view.words.next, () => acts.skip(1)),
    clock,
    now,
    speed,
    button("zoom_out", view.words.wider, () => acts.zoom(0.5)),
    button("zoom_in", view.words.closer, () => acts.zoom(2)),
  );
  return { bar, play, clock, now, speed };
};

const legendOf = (view) => {
  const list = made("dl", "legend");
  for (const { title, keys } of view.legend) {
    const shown = made("dd");
    for (const { look, text } of keys) shown.append(keyOf(look, text));
    list.append(made("dt", "", title), shown);
  }
  return list;
};

const keyOf = (look, text) => {
  const key = made("span", "key");
  const sample = made("i", look in SYMBOLS ? `mark ${look}` : `swatch ${look}`);
  if (look in SYMBOLS) sample.append(symbol(SYMBOLS[look]));
  key.append(sample, made("span", "", text));
  return key;
};

const tableOf = (view, acts) => {
  const marks = view.lanes[0].marks;
  if (!marks.length) return made("p", "quiet", view.words.no_findings);
  const table = made("table", "findings");
  const head = table.createTHead().insertRow();
  for (const title of [view.words.second, view.words.side, view.words.what]) {
    const cell = made("th", "", filled(title, "").trim());
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  marks.forEach((mark, index) => body.append(findingOf(mark, index, view, acts)));
  return table;
};

const findingOf = (mark, index, view, acts) => {
  const row = made("tr", mark.look);
  const from = made("button", "from");
  from.type = "button";
  from.append(symbol("play_arrow"), made("span", "", seconds(mark.at_s, view, 2)));
  from.setAttribute("aria-label", `${filled(view.words.at, seconds(mark.at_s, view))}: ${mark.text}`);
  const pill = made("span", "pill");
  pill.append(symbol(SYMBOLS[mark.look]), made("span", "", view.words[mark.look]));
  const said = made("div");
  said.append(made("span", "", mark.text), ...mark.more.map((line) => made("small", "", line)));
  for (const content of [from, pill, said]) row.insertCell().append(content);
  row.addEventListener("click", () => acts.playFrom(mark.at_s - LEAD_S));
  for (const [event, isLit] of [["pointerenter", true], ["pointerleave", false]])
    row.addEventListener(event, () => acts.light(index, isLit));
  return row;
};

// The same as the picture, to be read or listened to; made when it is opened, for it can be long.
const listOf = (view, acts) => {
  const all = view.lanes.flatMap((lane) => [...lane.pieces, ...lane.marks].map((item) => ({ lane, item })));
  const at = ({ item }) => item.at_s ?? item.start_s;
  all.sort((one, other) => at(one) - at(other));
  const details = made("details", "all");
  details.append(made("summary", "", filled(view.words.list, all.length)));
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    const list = made("ol");
    for (const entry of all) list.append(entryOf(entry, at(entry), view, acts));
    details.append(list);
  });
  return details;
};

const entryOf = ({ lane, item }, start, view, acts) => {
  const from = made("button", "from");
  from.type = "button";
  from.append(symbol("play_arrow"), made("span", "", seconds(start, view)));
  from.setAttribute("aria-label", filled(view.words.at, seconds(start, view)));
  from.addEventListener("click", () => acts.playFrom(item.at_s === undefined ? start : start - LEAD_S));
  const side = { for: view.words.for, against: view.words.against }[item.look];
  const words = [lane.title, side, item.text, ...item.more].filter(Boolean).join(" · ");
  const entry = made("li");
  entry.append(from, made("span", "", words));
  return entry;
};
