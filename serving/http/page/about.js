/** "About the numbers": how well the model does, and what its numbers cannot show. */

import { bundle } from "./api.js";
import { byId, el, styled } from "./dom.js";
import { showProblem } from "./status.js";

/** @import { Codebook } from "./codebook.js" */
/** @import { BundleAnswer, Score } from "./types.js" */

/**
 * Open the dialog; what the server knows of its model is asked for the first time.
 *
 * @param {Codebook} codebook
 */
export async function showAbout(codebook) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("about"));
  const place = byId("about-model");
  dialog.showModal();
  if (place.dataset.bundle) return;
  try {
    const answer = await bundle();
    place.dataset.bundle = answer.id;
    place.replaceChildren(...described(answer, codebook));
  } catch (fault) {
    showProblem(place, fault, { retry: () => showAbout(codebook) });
  }
}

/**
 * @param {BundleAnswer} answer
 * @param {Codebook} codebook
 * @returns {HTMLElement[]}
 */
function described({ name, kind, id, scores }, codebook) {
  const rows = scores.map((score) => scoreRow(score, codebook));
  const table = el(
    "table",
    { class: "scores" },
    el("caption", {}, "On documents that the model had not seen; with the 95% interval."),
    el("tbody", {}, ...rows),
  );
  const facts = `Model ${name} (${kind}), bundle ${id.slice(0, 12)}. `;
  const rules = `Codebook ${codebook.version}, ${codebook.digest.slice(0, 12)}.`;
  return [table, el("p", { class: "hint" }, facts + rules)];
}

/**
 * @param {Score} score
 * @param {Codebook} codebook
 * @returns {HTMLElement}
 */
function scoreRow({ task, metric, value, low, high, signature }, codebook) {
  const range = el("span", { class: "interval", "aria-hidden": "true" }, el("span", {}), el("i", {}));
  styled(range, { "--low": `${low * 100}%`, "--high": `${high * 100}%`, "--value": `${value * 100}%` });
  const numbers = `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  return el(
    "tr",
    { title: signature },
    el("th", { scope: "row" }, `${codebook.task(task)?.display ?? task}, ${metric}`),
    el("td", {}, range),
    el("td", { class: "numbers" }, numbers),
  );
}
