/** What the codebook says about a label: its definition, and the rules that lead to it. */

import { el } from "./dom.js";

/** @import { Label, Task } from "./codebook.js" */

/**
 * @param {Task} task
 * @param {Label} label
 * @returns {HTMLElement}
 */
export function rulesOf(task, label) {
  const box = el("div", { class: "rules" }, el("p", { class: "definition" }, label.definition));
  const leading = task.rules.filter(({ examples }) =>
    examples.some((example) => example.label === label.name),
  );
  if (!leading.length) return box;
  const name = leading.length === 1 ? "1 rule gives" : `${leading.length} rules give`;
  const list = el("ul", { class: "rule-list" });
  for (const rule of leading) {
    const item = el("li", {}, el("span", { class: "rule-id" }, rule.id), " ", rule.text);
    for (const example of rule.examples) {
      if (example.label === label.name) item.append(el("q", {}, example.text));
    }
    list.append(item);
  }
  box.append(el("details", {}, el("summary", {}, `${name} this label`), list));
  return box;
}
