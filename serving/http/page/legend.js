/** What the marks mean, shown by the codebook's own examples, marked as they would be. */

import { el } from "./dom.js";
import { hue } from "./palette.js";

/** @import { Codebook } from "./codebook.js" */

/**
 * @param {Codebook} codebook
 * @returns {HTMLElement[]}  One for each task.
 */
export function legend(codebook) {
  return codebook.tasks.map((task) => {
    const list = el("ul", {});
    for (const label of task.labels) {
      const quiet = label.name === task.default ? " quiet" : "";
      const classes = `s specimen ${hue(task, label.index)}${quiet}`;
      const example = label.examples[0] ?? label.definition;
      list.append(
        el(
          "li",
          {},
          el("span", { class: `specimen-name ${hue(task, label.index)}` }, label.display),
          el("span", { class: classes, "data-mark": label.mark }, example),
        ),
      );
    }
    return el(
      "section",
      { class: "legend" },
      el("h2", {}, task.display),
      el("p", {}, task.question),
      list,
    );
  });
}
