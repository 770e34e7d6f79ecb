// Charts, drawn as SVG: bars, dots and steps over time, with the axes in words.

const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 48;
const BOTTOM = 28;
const TOP = 12;

function svg(name, attributes, text) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** The next number that an axis may end at: it has one digit, and then zeros. */
export function niceTop(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 4, 6, 8, 10].map((each) => each * power).find((each) => each >= most);
}

/** A picture with axes. Times are in milliseconds; ``most`` is the highest value. */
export class Chart {
  #from;
  #to;
  #top;

  constructor({ from, to, most, unit, label }) {
    [this.#from, this.#to, this.#top] = [from, Math.max(to, from + 1), niceTop(most)];
    this.element = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "chart" });
    for (const part of [0, 0.5, 1]) this.#line(part * this.#top, part === 0 ? unit : "");
    this.#day(from, "start");
    this.#day(to, "end");
  }

  #x(time) {
    return LEFT + ((time - this.#from) / (this.#to - this.#from)) * (WIDTH - LEFT - 8);
  }

  #y(value) {
    return HEIGHT - BOTTOM - (value / this.#top) * (HEIGHT - BOTTOM - TOP);
  }

  #line(value, unit) {
    const y = this.#y(value);
    this.#add("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: "grid" });
    const words = Number.isInteger(value) ? String(value) : "";
    this.#add("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, words);
    if (unit) this.#add("text", { x: LEFT + (WIDTH - LEFT) / 2, y: HEIGHT - 8, "text-anchor": "middle" }, unit);
  }

  #day(time, anchor) {
    const words = new Date(time).toISOString().slice(0, 10);
    this.#add("text", { x: this.#x(time), y: HEIGHT - 8, "text-anchor": anchor }, words);
  }

  #add(name, attributes, text) {
    this.element.append(svg(name, attributes, text));
  }

  /** A bar from ``low`` to ``high`` at a time, as wide as ``span``. */
  bar({ time, span, low, high, name }) {
    const width = Math.max(1, this.#x(time + span) - this.#x(time) - 1);
    const [y, height] = [this.#y(high), this.#y(low) - this.#y(high)];
    if (height > 0) this.#add("rect", { x: this.#x(time), y, width, height, class: name });
  }

  /** A mark; its shape tells series apart as well as its colour. */
  dot({ time, value, series }) {
    const [x, y] = [this.#x(time), this.#y(value)];
    const shapes = [`M${x - 3} ${y - 3}h6v6h-6z`, `M${x} ${y - 4}l4 7h-8z`, `M${x} ${y - 4}l4 4l-4 4l-4 -4z`, `M${x - 4} ${y}h8M${x} ${y - 4}v8`];
    this.#add("path", { d: shapes[series % shapes.length], class: `series-${series % shapes.length} dot` });
  }

  /** A line through points [time, value] that goes down in steps. */
  steps(points, series) {
    const path = points.map(([time, value], at) => (at ? `H${this.#x(time)}V${this.#y(value)}` : `M${this.#x(time)} ${this.#y(value)}`));
    this.#add("path", { d: path.join(""), class: `series-${series % 4} steps` });
  }

  /** A line that is expected, from one point to another. */
  expected([time, value], [end, last], series) {
    this.#add("line", {
      x1: this.#x(time), y1: this.#y(value), x2: this.#x(end), y2: this.#y(last), class: `series-${series % 4} expected`,
    });
  }
}
