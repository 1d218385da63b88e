/** Scores as a CSV table: the columns of `stancekit score --out scores.csv`, a row a sentence. */

/** @import { Codebook } from "./codebook.js" */
/** @import { Scored } from "./scored.js" */

// Spreadsheets run cells that begin like this as formulas, also after white space and as the wide
// signs of East Asian keyboards.
const FORMULA = /^[\s\u0000\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/**
 * @param {Scored[]} articles
 * @param {Codebook} codebook
 * @returns {string}
 */
export function csv(articles, codebook) {
  const own = ownColumns(codebook);
  const metadata = metadataColumns(articles, own);
  const lines = [line([...own, ...metadata.values()])];
  for (const { id, sentences, metadata: given, made } of articles) {
    const rest = [...metadata.keys()].map((name) => given[name]);
    for (const sentence of sentences) {
      const scores = codebook.tasks.flatMap(({ name, labels }) => {
        const { label, probabilities, labels: set, undecided } = sentence.predictions[name];
        return [label, ...labels.map((one) => probabilities[one.name]), set.join("|"), undecided];
      });
      const { index, start, end, text, voice, speaker } = sentence;
      const place = [id, index, start, end, text, voice, speaker];
      const last = [made.bundle, made.codebook, made.error_rate];
      lines.push(line([...place, ...scores, ...last, ...rest]));
    }
  }
  return `${lines.join("\r\n")}\r\n`;
}

/**
 * @param {Codebook} codebook
 * @returns {string[]}
 */
function ownColumns(codebook) {
  const scores = codebook.tasks.flatMap(({ name, labels }) => [
    name,
    ...labels.map((label) => `${name}_${label.name}`),
    `${name}_set`,
    `${name}_undecided`,
  ]);
  const place = ["document", "sentence", "start", "end", "text", "voice", "speaker"];
  return [...place, ...scores, "bundle", "codebook", "error_rate"];
}

/**
 * Name -> column of the metadata; a name that is taken gets `_in`.
 *
 * @param {Scored[]} articles
 * @param {string[]} own
 * @returns {Map<string, string>}
 */
function metadataColumns(articles, own) {
  const taken = new Set(own);
  const names = new Set(articles.flatMap(({ metadata }) => Object.keys(metadata)));
  const free = [...names].filter((name) => !taken.has(name));
  const columns = new Map();
  for (const name of [...free, ...[...names].filter((other) => taken.has(other))]) {
    let column = name;
    while (taken.has(column)) column += "_in";
    taken.add(column);
    columns.set(name, column);
  }
  return columns;
}

/**
 * @param {unknown[]} values
 * @returns {string}
 */
function line(values) {
  return values.map(cell).join(",");
}

/**
 * @param {unknown} value
 * @returns {string}
 */
export function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False"; // as Python writes it
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
