// One player: it plays, follows, and answers clicks and keys. Times are seconds since dialling, as in the timeline.

const FARTHEST = 32; // times the width that shows the whole call

class Player {
  constructor(view, place, before) {
    this.view = view;
    this.items = new Map();
    this.sounds = view.lanes.filter((lane) => ["heard", "recognised"].includes(lane.name)).flatMap((lane) => lane.pieces);
    this.zoomed = before?.zoomed ?? 1;
    this.audio = before?.view.sound === view.sound ? before.audio : this.sound(view.sound);
    this.ending = new AbortController();
    this.root = made("section", "player");
    this.root.setAttribute("aria-label", view.words.title);
    const acts = {
      toggle: () => this.toggle(),
      skip: (way) => this.skip(way),
      zoom: (times) => this.zoom(times),
      speed: (times) => (this.audio.playbackRate = times),
      playFrom: (at) => this.playFrom(at),
      light: (index, isLit) => this.pins[index]?.classList.toggle("lit", isLit),
    };
    this.tools = toolsOf(view, acts);
    this.tools.speed.value = String(this.audio.playbackRate);
    this.root.append(this.tools.bar, this.stage(), legendOf(view), tableOf(view, acts), listOf(view, acts));
    this.root.append(made("p", "quiet", [view.words.hint, view.begin ? view.words.begins : ""].join(" ").trim()));
    this.tip = made("div", "tip");
    this.tip.setAttribute("role", "tooltip");
    this.tip.hidden = true;
    this.root.append(this.tip, this.audio);
    this.listen();
    place.append(this.root);
    this.layout();
    this.told();
  }

  sound(address) {
    const audio = made("audio");
    audio.preload = "auto";
    audio.src = address;
    return audio;
  }

  stage() {
    const { view } = this;
    this.wave = waveOf(view);
    this.wave.tabIndex = 0;
    for (const [name, value] of Object.entries({ role: "slider", "aria-label": view.words.waveform, "aria-valuemin": 0 }))
      this.wave.setAttribute(name, value);
    this.wave.setAttribute("aria-valuemax", view.end.toFixed(1));
    this.wave.append(unheardOf(view), ...threadsOf(view));
    this.lanes = view.lanes.map((lane) => laneOf(lane, view, this.items));
    this.pins = [...this.lanes[0].querySelectorAll(".mark")];
    this.axis = made("div", "row axis");
    this.head = made("div", "head");
    this.plot = made("div", "plot");
    this.plot.append(this.wave, ...this.lanes, this.axis, this.head);
    this.names = made("div", "names");
    this.names.setAttribute("aria-hidden", "true");
    this.names.append(...this.rows().map((row, index) => this.nameOf(row, index)));
    this.scroller = made("div", "scroller");
    this.scroller.append(this.plot);
    const stage = made("div", "stage");
    stage.append(this.names, this.scroller);
    return stage;
  }

  rows() {
    return [this.wave, ...this.lanes, this.axis];
  }

  nameOf(row, index) {
    const lane = this.view.lanes[index - 1];
    const title = lane?.title ?? (index ? this.view.words.axis : this.view.words.waveform);
    const name = made("div", "name");
    name.append(made("span", "", title));
    if (lane?.left_out) name.append(made("small", "", filled(this.view.words.left_out, lane.left_out)));
    if (lane) row.dataset.title = title;
    return name;
  }

  // --- what it hears -------------------------------------------------------------------------------------------

  listen() {
    const until = { signal: this.ending.signal };
    const on = (element, event, act) => element.addEventListener(event, act, until);
    on(this.plot, "click", (event) => this.clicked(event));
    on(this.plot, "pointermove", (event) => this.pointed(event));
    on(this.plot, "pointerleave", () => (this.tip.hidden = true));
    on(this.plot, "focusin", (event) => this.focused(event.target));
    on(this.plot, "focusout", () => (this.tip.hidden = true));
    on(this.root, "keydown", (event) => this.pressed(event));
    for (const event of ["play", "pause", "ended", "seeked", "loadedmetadata"]) on(this.audio, event, () => this.told());
    on(this.audio, "play", () => this.follow());
    on(this.audio, "error", () => this.root.classList.add("mute") || (this.tools.now.textContent = this.view.words.unplayable));
    this.watch = new ResizeObserver(() => this.layout());
    this.watch.observe(this.scroller);
  }

  clicked(event) {
    const mark = event.target.closest(".mark");
    this.playFrom(mark ? this.items.get(mark).at_s - LEAD_S : this.timeAt(event));
  }

  timeAt(event) {
    const box = this.plot.getBoundingClientRect();
    return within((event.clientX - box.left) / box.width, 0, 1) * this.view.end;
  }

  pointed(event) {
    const item = this.items.get(event.target.closest(".mark, .piece"));
    const at = filled(this.view.words.second, seconds(this.timeAt(event), this.view));
    this.tell(item ? linesOf(item, this.view) : [at], event.clientX, event.clientY);
  }

  focused(element) {
    const item = this.items.get(element);
    if (!item || !element.matches(":focus-visible")) return;
    const box = element.getBoundingClientRect();
    this.tell(linesOf(item, this.view), box.left + box.width / 2, box.bottom);
  }

  tell(lines, x, y) {
    const box = this.root.getBoundingClientRect();
    this.tip.replaceChildren(...lines.map((line) => made("div", "", line)));
    this.tip.hidden = false;
    this.tip.style.left = `${within(x - box.left + 12, 0, Math.max(0, box.width - this.tip.offsetWidth))}px`;
    this.tip.style.top = `${y - box.top + 18}px`;
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
    const isStop = event.target.closest(".mark") && !this.audio.paused; // the mark that was clicked still has the focus
    const isPress = !isStop && event.target.closest("button, summary");
    const step = event.shiftKey ? 5 : 1;
    const acts = {
      ArrowLeft: () => this.seek(this.now() - step),
      ArrowRight: () => this.seek(this.now() + step),
      Home: () => this.seek(0),
      End: () => this.seek(this.view.end),
      Escape: () => (this.tip.hidden = true),
      ...(isPress ? {} : { " ": () => this.toggle() }),
    };
    if (!acts[event.key]) return;
    acts[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  // --- what it does --------------------------------------------------------------------------------------------

  now() {
    return this.view.begin + this.audio.currentTime;
  }

  seek(at) {
    const length = Number.isFinite(this.audio.duration) ? this.audio.duration : this.view.end - this.view.begin;
    this.audio.currentTime = within(at - this.view.begin, 0, length);
    this.told();
  }

  toggle() {
    if (this.audio.paused) this.start();
    else this.audio.pause();
  }

  playFrom(at) {
    this.seek(at);
    this.start();
  }

  start() {
    // A pause or another recording may come before it has begun; that is no error.
    this.audio.play().catch(() => this.told());
  }

  skip(way) {
    const times = this.view.lanes.flatMap((lane) => lane.marks.map((mark) => mark.at_s)).sort((one, other) => one - other);
    const here = this.now() + LEAD_S;
    const next = way > 0 ? times.find((at) => at > here + 0.05) : times.findLast((at) => at < here - (this.audio.paused ? 0.05 : 1));
    if (next !== undefined) this.seek(next - LEAD_S);
  }

  zoom(times) {
    this.zoomed = within(this.zoomed * times, 1, FARTHEST);
    this.layout();
    this.centre();
  }

  centre() {
    this.scroller.scrollLeft = (this.now() / this.view.end) * this.plot.offsetWidth - this.scroller.clientWidth / 2;
  }

  // --- how it looks --------------------------------------------------------------------------------------------

  layout() {
    this.plot.style.setProperty("--zoom", this.zoomed);
    const width = this.plot.clientWidth;
    if (!width) return;
    for (const lane of this.lanes) lane.style.setProperty("--rows", stacked(lane, width));
    axisTicks(this.axis, this.view, width);
    const heights = this.rows().map((row) => row.offsetHeight);
    [...this.names.children].forEach((name, index) => (name.style.height = `${heights[index]}px`));
  }

  follow() {
    if (this.audio.paused || this.ending.signal.aborted) return;
    this.told();
    const at = this.head.offsetLeft - this.scroller.scrollLeft;
    if (this.zoomed > 1 && (at < 0 || at > this.scroller.clientWidth * 0.9)) this.centre();
    requestAnimationFrame(() => this.follow());
  }

  told() {
    const { view, tools, audio } = this;
    const now = Math.min(this.now(), view.end);
    this.head.style.left = share(now, view);
    this.wave.style.setProperty("--played", `${within(100 * (audio.currentTime / (view.peaks.values.length / view.peaks.per_s || 1)), 0, 100)}%`);
    tools.clock.textContent = `${seconds(now, view)} / ${seconds(view.end, view)}`;
    const label = audio.paused ? view.words.play : view.words.pause;
    if (tools.play.title !== label) {
      named(tools.play, label);
      tools.play.firstChild.textContent = audio.paused ? "play_arrow" : "pause";
    }
    const heard = this.sounds.filter((piece) => piece.start_s <= now && now < piece.end_s);
    const said = heard.map((piece) => piece.text).join(" · ");
    if (!audio.error && tools.now.textContent !== said) tools.now.textContent = said;
    if (!audio.paused) return; // a screen reader is told where it stands, not every moment that goes by
    this.wave.setAttribute("aria-valuenow", now.toFixed(1));
    this.wave.setAttribute("aria-valuetext", [filled(view.words.second, seconds(now, view)), said].filter(Boolean).join(", "));
  }

  end() {
    this.ending.abort();
    this.watch.disconnect();
    this.root.remove();
  }
}

// Streamlit calls this at every redraw with something new; the sound goes on over a change of words.
export default function ({ data, parentElement }) {
  const before = parentElement.player;
  before?.end();
  if (before && before.view.sound !== data.sound) before.audio.pause();
  parentElement.player = new Player(data, parentElement, before);
  return () => {
    parentElement.player.audio.pause();
    parentElement.player.end();
  };
}
