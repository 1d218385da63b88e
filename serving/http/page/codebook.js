/** The tasks and labels, as the server's codebook defines them. Nothing else here knows any. */

/**
 * @typedef {{text: string, label: string}} RuleExample
 * @typedef {{id: string, text: string, examples: RuleExample[]}} Rule
 *
 * @typedef {object} Label
 * @property {number} index  Its place in the task.
 * @property {string} name
 * @property {string} display
 * @property {string} mark  One letter or a few, unlike that of every other label of the task.
 * @property {number} value  +1, 0 or -1: where it stands on the task's scale.
 * @property {string} colour  `#RRGGBB`.
 * @property {string} definition
 * @property {string[]} examples
 *
 * @typedef {object} Task
 * @property {number} index
 * @property {string} name
 * @property {string} display
 * @property {string} title
 * @property {string} question
 * @property {string} default  The label of sentences to which none of the others applies.
 * @property {Label[]} labels
 * @property {Rule[]} rules
 */

const COLOUR = /^#[0-9a-f]{6}$/i;

/** The codebook of the model that scores. */
export class Codebook {
  /** @param {any} raw  What `/v1/codebook` answers. */
  constructor(raw) {
    this.title = String(raw.title);
    this.version = String(raw.version ?? "");
    this.scope = String(raw.scope ?? "");
    this.digest = String(raw.digest ?? "");
    /** @type {Task[]} */
    this.tasks = raw.tasks.map(taskOf);
  }

  /**
   * @param {string} name
   * @returns {Task | undefined}
   */
  task(name) {
    return this.tasks.find((task) => task.name === name);
  }
}

/**
 * The label of a task by its name; one that the codebook does not hold is undefined.
 *
 * @param {Task} task
 * @param {string} name
 * @returns {Label | undefined}
 */
export function labelOf(task, name) {
  return task.labels.find((label) => label.name === name);
}

/**
 * @param {any} raw
 * @param {number} index
 * @returns {Task}
 */
function taskOf(raw, index) {
  const marks = marksOf(raw.labels.map((/** @type {any} */ label) => String(label.display)));
  return {
    index,
    name: String(raw.name),
    display: spoken(String(raw.name)),
    title: String(raw.title ?? ""),
    question: String(raw.question ?? ""),
    default: String(raw.default ?? ""),
    rules: raw.rules ?? [],
    labels: raw.labels.map((/** @type {any} */ label, /** @type {number} */ place) => ({
      index: place,
      name: String(label.name),
      display: String(label.display),
      mark: marks[place],
      value: Number(label.value),
      colour: COLOUR.test(label.colour) ? label.colour : "#767676",
      definition: String(label.definition ?? ""),
      examples: label.examples ?? [],
    })),
  };
}

/**
 * The shortest beginnings that tell names apart.
 *
 * @param {string[]} names
 * @returns {string[]}
 */
export function marksOf(names) {
  return names.map((name, place) => {
    const letters = [...name];
    for (let length = 1; length <= letters.length; length += 1) {
      const mark = letters.slice(0, length).join("");
      const taken = names.some(
        (other, at) => at !== place && other.toLowerCase().startsWith(mark.toLowerCase()),
      );
      if (!taken) return mark;
    }
    return `${name}${place + 1}`;
  });
}

/**
 * An identifier as a heading: `topic_of_letter` becomes `Topic of letter`.
 *
 * @param {string} name
 * @returns {string}
 */
function spoken(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
