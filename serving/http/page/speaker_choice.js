/** The list from which a reader chooses whom to hear. */

import { el } from "./dom.js";
import { ANYONE, choices } from "./speakers.js";

/** @import { Scored } from "./scored.js" */
/** @import { View } from "./view.js" */

/** Made anew when other articles are on the page. */
export class SpeakerChoice {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    /** @type {Scored[]} */
    this.listed = [];
    this.root = el("select", { id: "speaker", "aria-label": "Who speaks" });
    this.root.addEventListener("change", () => view.hear(this.root.value));
  }

  /** @param {Scored[]} articles  Those on the page. */
  paint(articles) {
    const same = articles.length === this.listed.length;
    if (!same || articles.some((one, at) => one !== this.listed[at])) this.#list(articles);
    this.root.value = this.view.who;
  }

  /** @param {Scored[]} articles */
  #list(articles) {
    this.listed = articles;
    const offered = choices(articles.flatMap(({ sentences }) => sentences));
    this.root.replaceChildren(
      el("option", { value: ANYONE }, "Whoever speaks"),
      ...offered.map(({ value, name, count }) => el("option", { value }, `${name} (${count})`)),
    );
    const { who } = this.view;
    if (who !== ANYONE && !offered.some(({ value }) => value === who)) this.view.hear(ANYONE);
  }
}
