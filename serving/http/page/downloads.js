/** Files for the reader: the scores of the articles on the page as CSV or JSON. */

import { csv } from "./csv.js";
import { el } from "./dom.js";

/** @import { Codebook } from "./codebook.js" */
/** @import { Scored } from "./scored.js" */

const MARK = "\ufeff"; // by which spreadsheets know UTF-8

/**
 * @param {Scored[]} articles
 * @param {Codebook} codebook
 */
export function downloadCsv(articles, codebook) {
  save(MARK + csv(articles, codebook), "text/csv;charset=utf-8", `${nameOf(articles)}.csv`);
}

/**
 * All that the server said, as it said it: every probability, whatever the threshold.
 *
 * @param {Scored[]} articles
 * @param {Codebook} codebook
 */
export function downloadJson(articles, codebook) {
  const documents = articles.map(({ id, metadata, text, sentences, leftOut, made }) => ({
    id,
    metadata,
    ...made,
    text,
    sentences: sentences.map(({ from: _from, to: _to, ...sentence }) => sentence),
    left_out: leftOut.map(({ start, end, kind }) => ({ start, end, kind })),
  }));
  const { title, version, digest } = codebook;
  const whole = { codebook: { title, version, digest }, documents };
  save(JSON.stringify(whole, null, 2), "application/json", `${nameOf(articles)}.json`);
}

/**
 * @param {Scored[]} articles
 * @returns {string}  A name that every file system takes.
 */
function nameOf(articles) {
  const names = articles.map(({ title }) => title.normalize("NFKC").replace(/[^\p{L}\p{N}]+/gu, "-"));
  const whole = names.map((name) => name.replace(/^-|-$/g, "").slice(0, 40)).join("-and-");
  return `stancekit-${whole || "scores"}`.toLowerCase();
}

/**
 * @param {string} content
 * @param {string} type
 * @param {string} name
 */
function save(content, type, name) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
