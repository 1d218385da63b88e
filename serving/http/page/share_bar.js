/** The shares of the labels as one bar, and as words for those who do not see it. */

import { labelOf } from "./codebook.js";
import { UNDECIDED, percent } from "./decision.js";
import { el, styled } from "./dom.js";
import { hue } from "./palette.js";

/** @import { Scored } from "./scored.js" */
/** @import { View } from "./view.js" */

const NARROW = 0.07; // a part below this has no room for its letter

/**
 * @param {Scored} scored
 * @param {View} view
 * @returns {HTMLElement}
 */
export function shareBar(scored, view) {
  const { task } = view;
  const bar = el("div", { class: "share-bar", role: "img" });
  const words = [];
  for (const [name, share] of view.shares(scored.sentences)) {
    const label = labelOf(task, name);
    const display = label?.display ?? "Undecided";
    if (name !== UNDECIDED || share) words.push(`${display} ${percent(share)}`);
    if (!share) continue;
    const text = share < NARROW ? "" : `${label?.mark ?? "?"} ${percent(share)}`;
    const part = el("span", { class: `share ${hue(task, label?.index ?? -1)}` }, text);
    bar.append(styled(part, { "flex-grow": share }));
  }
  bar.setAttribute("aria-label", `${task.display}: ${words.join(", ")}`);
  return bar;
}
