// Elements made of text. Nothing here parses markup: what a library reports stays text.

// Control, format (also those that turn the direction), surrogate, private and unassigned characters,
// line ends, and spaces other than the common one.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** Text with what does not print written as \xNN or \u{NNNN}. */
export function printable(text) {
  return String(text).replace(UNPRINTABLE, (letter) => {
    const code = letter.codePointAt(0);
    const digits = code.toString(16).toUpperCase();
    return code < 256 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
  });
}

/** A label as it is shown: one of blanks alone says so. */
export function labelWords(label) {
  const text = printable(label);
  return text.trim() === "" ? `${text.length} blanks` : text;
}

/** An element: its attributes by name (absent for null and false), then its children or texts. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  element.append(...children.filter((each) => each !== null && each !== ""));
  return element;
}

/** Set, or with null or false remove, attributes; touches only those that differ. */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) {
      if (element.hasAttribute(name)) element.removeAttribute(name);
    } else if (element.getAttribute(name) !== String(value)) {
      element.setAttribute(name, value);
    }
  }
}

/** Set an element's text, if it differs. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A label in an element of its own, which keeps its direction and its blanks to itself. */
export function labelElement(label) {
  return make("bdi", { class: "label" }, labelWords(label));
}

/** "1 slot", "2 slots". */
export function count(number, word, words = `${word}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? word : words}`;
}

/**
 * Make a list's children those of the items, in their order.
 *
 * Children whose item is as it was are kept, so that focus stays and nothing is read out again.
 */
export function update(list, items, build) {
  const before = list.kept ?? new Map();
  const after = new Map();
  for (const item of items) {
    let key = JSON.stringify(item);
    while (after.has(key)) key += "+";
    after.set(key, before.get(key) ?? build(item));
  }
  for (const [key, child] of before) if (!after.has(key)) child.remove();
  let place = list.firstChild;
  for (const child of after.values()) {
    if (child === place) place = place.nextSibling;
    else list.insertBefore(child, place);
  }
  list.kept = after;
}
