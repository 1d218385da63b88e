/** The articles of this tab: scored once, and kept until the tab is closed. */

import { Problem, file, score, scoreFile } from "./api.js";
import { Scored, pastedId } from "./scored.js";
import { digest, recall, remember } from "./session.js";

/** @import { Given } from "./intake.js" */
/** @import { GivenDocument, Origin, ScoreAnswer, SetAside } from "./types.js" */

/** The server read what it was given and scored none of it. */
export class NothingScored extends Problem {
  /** @param {SetAside[]} aside */
  constructor(aside) {
    const first = aside[0] ? reasonOf(aside[0]) : "It holds no sentence.";
    super("Nothing was scored", aside.length > 1 ? `${first} (and ${aside.length - 1} more)` : first, 0);
    this.aside = aside;
  }
}

/**
 * Why a document was set aside, without the advice for the command line.
 *
 * @param {SetAside} aside
 * @returns {string}
 */
export function reasonOf({ document, place, reason }) {
  return `${document || place || "Document"}: ${reason.replace(/; --\w+ any .*$/, "")}`;
}

/** Holds each article once. */
export class Library {
  constructor() {
    /** @type {Map<string, Scored>} */
    this.articles = new Map();
  }

  /** @returns {Scored[]} */
  all() {
    return [...this.articles.values()];
  }

  /**
   * Score what was given. Raises Problem, and NothingScored if no article came of it.
   *
   * @param {Given} given
   * @param {{language?: string, signal?: AbortSignal}} options
   * @returns {Promise<{added: Scored[], aside: SetAside[]}>}
   */
  async take(given, options) {
    if ("file" in given) {
      const answer = await scoreFile(given.file, options);
      return this.#add(answer, (raw) => {
        const document = { id: raw.id, text: raw.text, metadata: raw.metadata };
        return { text: raw.text, origin: { kind: "text", key: remember(document) } };
      });
    }
    if ("example" in given) return this.#example(given.example, options);
    return this.#score({ id: pastedId(digest(given.text)), text: given.text }, options);
  }

  /**
   * Find the article that a link names, and score it again if need be.
   *
   * @param {Origin} origin
   * @returns {Promise<Scored | null>}  Null if its text is not known in this tab.
   */
  async find({ kind, key }) {
    const known = this.articles.get(`${kind}:${key}`);
    if (known) return known;
    if (kind === "example") return (await this.#example(key, {})).added[0];
    const given = recall(key);
    if (!given) return null;
    return (await this.#score(given, { language: "any" })).added[0];
  }

  /**
   * @param {string} id
   * @param {{language?: string, signal?: AbortSignal}} options
   */
  async #example(id, options) {
    /** @type {GivenDocument} */
    const given = await file(`examples/${encodeURIComponent(id)}.json`);
    const answer = await score([given], options);
    return this.#add(answer, () => ({ text: given.text, origin: { kind: "example", key: id } }));
  }

  /**
   * @param {GivenDocument} given
   * @param {{language?: string, signal?: AbortSignal}} options
   */
  async #score(given, options) {
    const answer = await score([given], options);
    return this.#add(answer, () => ({
      text: given.text,
      origin: { kind: "text", key: remember(given) },
    }));
  }

  /**
   * @param {ScoreAnswer} answer
   * @param {(raw: any) => {text: string, origin: Origin}} from
   * @returns {{added: Scored[], aside: SetAside[]}}
   */
  #add(answer, from) {
    const { bundle, codebook, error_rate, documents, set_aside: aside = [] } = answer;
    if (!documents.length) throw new NothingScored(aside);
    const added = documents.map((raw) => {
      const { text, origin } = from(raw);
      const scored = new Scored(raw, text, origin, { bundle, codebook, error_rate });
      this.articles.set(scored.key, scored);
      return scored;
    });
    return { added, aside };
  }
}
