/**
 * The codebook's colours, made legible on light and on dark paper.
 *
 * A codebook may choose any colour. Each is moved towards black or white until it stands out as far
 * as WCAG 2.2 asks: 3:1 for lines and bars, 4.5:1 for letters.
 */

/** @import { Codebook, Label, Task } from "./codebook.js" */
/** @typedef {[number, number, number]} Rgb */

const MODES = {
  light: { paper: "#ffffff", ink: "#000000", tint: 0.13, strong: 0.26 },
  dark: { paper: "#17191c", ink: "#ffffff", tint: 0.22, strong: 0.38 },
};
const LINES = ["solid", "double", "wavy"];

/**
 * The class of whatever bears the colours of a label; -1 stands for undecided.
 *
 * @param {Task} task
 * @param {number} index
 * @returns {string}
 */
export function hue(task, index) {
  return index < 0 ? "hue-undecided" : `hue-${task.index}-${index}`;
}

/**
 * Give the page a rule for each label: its colours in both modes and the form of its line.
 *
 * @param {Codebook} codebook
 */
export function install(codebook) {
  const sheet = new CSSStyleSheet();
  for (const task of codebook.tasks) {
    let line = 0;
    for (const label of task.labels) {
      const quiet = label.name === task.default;
      const form = quiet ? "dotted" : LINES[line++ % LINES.length];
      const [light, dark] = [shades(label.colour, "light"), shades(label.colour, "dark")];
      const both = (/** @type {"line" | "text" | "tint" | "strong"} */ name) =>
        `--hue-${name}: light-dark(${light[name]}, ${dark[name]});`;
      sheet.insertRule(
        `.${hue(task, label.index)} {
          ${both("line")} ${both("text")} ${both("strong")}
          ${quiet ? "--hue-tint: transparent;" : both("tint")}
          --hue-form: ${form}; --hue-weight: ${form === "solid" ? "2px" : "1px"};
        }`,
      );
    }
  }
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/**
 * The colour of a label's bars, for a canvas.
 *
 * @param {Label} label
 * @returns {string}
 */
export function barColour(label) {
  return shades(label.colour, isDark() ? "dark" : "light").line;
}

/** @returns {boolean} */
export function isDark() {
  return matchMedia("not print and (prefers-color-scheme: dark)").matches;
}

/**
 * @param {string} colour
 * @param {"light" | "dark"} name
 */
export function shades(colour, name) {
  const mode = MODES[name];
  const [base, paper, ink] = [rgb(colour), rgb(mode.paper), rgb(mode.ink)];
  const strong = mix(paper, base, mode.strong);
  return {
    line: hex(legible(base, ink, paper, 3.2)),
    text: hex(legible(base, ink, strong, 4.6)),
    tint: hex(mix(paper, base, mode.tint)),
    strong: hex(strong),
  };
}

/**
 * @param {Rgb} colour
 * @param {Rgb} towards
 * @param {Rgb} ground
 * @param {number} ratio
 * @returns {Rgb}
 */
function legible(colour, towards, ground, ratio) {
  for (let share = 0; share < 1; share += 0.04) {
    const tried = mix(colour, towards, share);
    if (contrast(tried, ground) >= ratio) return tried;
  }
  return towards;
}

/**
 * @param {Rgb} from
 * @param {Rgb} to
 * @param {number} share
 * @returns {Rgb}
 */
function mix(from, to, share) {
  const part = (/** @type {number} */ at) => Math.round(from[at] + (to[at] - from[at]) * share);
  return [part(0), part(1), part(2)];
}

/**
 * @param {Rgb} one
 * @param {Rgb} other
 * @returns {number}  From 1 to 21.
 */
function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/**
 * @param {Rgb} colour
 * @returns {number}
 */
function luminance(colour) {
  const [red, green, blue] = colour.map((byte) => {
    const part = byte / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * @param {string} colour
 * @returns {Rgb}
 */
function rgb(colour) {
  const byte = (/** @type {number} */ at) => Number.parseInt(colour.slice(at, at + 2), 16);
  return [byte(1), byte(3), byte(5)];
}

/**
 * @param {Rgb} colour
 * @returns {string}
 */
function hex(colour) {
  return `#${colour.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
