/** The toolbar: which task is shown, which labels, who speaks, and what is undecided. */

import { UNDECIDED, percent, rate } from "./decision.js";
import { button, el, styled } from "./dom.js";
import { hue } from "./palette.js";
import { SpeakerChoice } from "./speaker_choice.js";

/** @import { Scored } from "./scored.js" */
/** @import { View } from "./view.js" */

/** What stands above the article. */
export class Toolbar {
  /**
   * @param {View} view
   * @param {() => Scored[]} articles  Those on the page.
   */
  constructor(view, articles) {
    this.view = view;
    this.articles = articles;
    this.tasks = el("div", { class: "tasks", role: "group", "aria-label": "What the marks show" });
    for (const task of view.codebook.tasks) {
      this.tasks.append(button(task.display, () => view.showTask(task), { title: task.title }));
    }
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "Show sentences labelled" });
    this.slider = el("input", { type: "range", id: "threshold", min: 0, max: 99, step: 1 });
    this.slider.addEventListener("input", () => view.setThreshold(Number(this.slider.value) / 100));
    this.output = el("output", { for: "threshold" });
    this.search = el("input", {
      type: "search",
      id: "filter",
      placeholder: "Find words",
      "aria-label": "Find words in sentences",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.search.addEventListener("input", () => view.search(this.search.value));
    this.only = el("input", { type: "checkbox", id: "only" });
    this.only.addEventListener("change", () => view.showOnly(this.only.checked));
    this.count = el("span", { class: "count", id: "count", role: "status" });
    this.clear = button("Show all", () => view.clear(), { class: "quiet" });
    this.matches = el(
      "div",
      { class: "matches" },
      this.count,
      el("label", { class: "only", for: "only" }, this.only, " Hide the others"),
      this.clear,
    );
    this.speakers = new SpeakerChoice(view);
    this.sets = el("input", { type: "checkbox", id: "sets" });
    this.sets.addEventListener("change", () => view.doubtSets(this.sets.checked));
    this.rate = el("span", {});
    const doubt = el(
      "div",
      { class: "doubt", role: "group", "aria-label": "Undecided" },
      el("label", { for: "threshold" }, "Undecided below"),
      this.slider,
      this.output,
      el("label", { class: "sets", for: "sets" }, this.sets, this.rate),
    );
    this.first = el(
      "div",
      { class: "toolbar-first" },
      this.tasks,
      el("div", { class: "find" }, this.search),
    );
    this.root = el(
      "div",
      { class: "toolbar", role: "region", "aria-label": "View" },
      this.first,
      this.chips,
      doubt,
      el("div", { class: "speakers" }, this.speakers.root),
      this.matches,
    );
    view.addEventListener("change", () => this.paint());
  }

  /** Show the state of the view. */
  paint() {
    const { view } = this;
    [...this.tasks.children].forEach((node, index) => {
      node.setAttribute("aria-pressed", String(index === view.task.index));
    });
    this.#paintChips();
    const text = percent(view.threshold);
    this.output.textContent = text;
    this.slider.value = String(Math.round(view.threshold * 100));
    this.slider.setAttribute("aria-valuetext", `Undecided below ${text}`);
    styled(this.slider, { "--filled": `${(view.threshold / 0.99) * 100}%` });
    if (this.search.value.trim().toLowerCase() !== view.query) this.search.value = view.query;
    this.only.checked = view.only;
    this.sets.checked = view.sets;
    this.rate.textContent = ` or where several labels are possible (${rates(this.articles())})`;
    this.speakers.paint(this.articles());
    this.#paintCount();
  }

  #paintChips() {
    const { view } = this;
    const { task } = view;
    const focused = [...this.chips.children].indexOf(document.activeElement ?? this.chips);
    const all = this.articles().map(({ sentences }) => view.shares(sentences));
    const labels = task.labels.map(({ index, name, mark, display }) => ({ index, name, mark, display }));
    labels.push({ index: -1, name: UNDECIDED, mark: "?", display: "Undecided" });
    this.chips.replaceChildren(
      ...labels.map(({ index, name, mark, display }) => {
        const numbers = all.map((one) => percent(one.get(name) ?? 0)).join(" · ");
        const chip = button("", () => view.toggle(name), {
          class: `chip ${hue(task, index)}`,
          "aria-pressed": String(view.labels.has(name)),
        });
        chip.append(
          el("span", { class: "mark", "aria-hidden": "true" }, mark),
          el("span", { class: "chip-name" }, display),
          el("span", { class: "chip-share" }, numbers),
        );
        return chip;
      }),
    );
    const again = this.chips.children[focused];
    if (again instanceof HTMLElement) again.focus();
  }

  #paintCount() {
    const { view } = this;
    this.matches.hidden = !view.filtered;
    if (!view.filtered) return;
    const counts = this.articles().map(({ sentences }) => {
      const found = sentences.filter((sentence) => view.matches(sentence)).length;
      return `${found} of ${sentences.length}`;
    });
    this.count.textContent = `${counts.join(" and ")} sentences`;
  }
}

/**
 * How often the sets of labels hold the right one.
 *
 * @param {Scored[]} articles
 * @returns {string}
 */
function rates(articles) {
  const all = new Set(articles.map(({ made }) => rate(made.error_rate)));
  return [...all].join(" · ");
}
