// The smallest pieces. Text from outside goes in as text only: nothing here, or in the other files, makes HTML of it.

const LEAD_S = 0.5; // a mark is played from a little before it

const made = (tag, look, text) => {
  const element = document.createElement(tag);
  if (look) element.className = look;
  if (text !== undefined) element.textContent = text;
  return element;
};

const drawn = (tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

const symbol = (name) => {
  const element = made("span", "symbol", name);
  element.setAttribute("aria-hidden", "true");
  return element;
};

const button = (name, label, act) => {
  const element = made("button", "tool");
  element.type = "button";
  element.append(symbol(name));
  named(element, label);
  element.addEventListener("click", act);
  return element;
};

const named = (element, label) => {
  element.setAttribute("aria-label", label);
  element.title = label;
};

const within = (value, low, high) => Math.min(Math.max(value, low), high);

const share = (seconds, view) => `${((100 * seconds) / view.end).toFixed(4)}%`;

const seconds = (value, view, places = 1) => value.toFixed(places).replace(".", view.words.decimal);

const filled = (sentence, n) => sentence.split("{n}").join(n);

// What a stretch or a mark says of itself, in lines: when, what, and what more is known.
const linesOf = (item, view) => {
  const when = item.at_s === undefined ? [] : [filled(view.words.second, seconds(item.at_s, view))];
  return [item.text, ...when, ...item.more];
};
