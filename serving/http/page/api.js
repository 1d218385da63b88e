/** Requests to the server that this page came from. */

import { askToken, token } from "./token.js";

/** @import { BundleAnswer, Evidence, GivenDocument, ScoreAnswer } from "./types.js" */

/** What went wrong with a request, in the words of the server where it has some. */
export class Problem extends Error {
  /**
   * @param {string} title
   * @param {string} detail
   * @param {number} status  0 if no answer came.
   */
  constructor(title, detail, status) {
    super(detail ? `${title}: ${detail}` : title);
    this.title = title;
    this.detail = detail;
    this.status = status;
  }
}

/**
 * @param {GivenDocument[]} documents
 * @param {{language?: string, signal?: AbortSignal}} [options]
 * @returns {Promise<ScoreAnswer>}
 */
export function score(documents, { language, signal } = {}) {
  return post("v1/score", { documents, ...(language && { language }) }, signal);
}

/**
 * @param {File} file
 * @param {{language?: string, signal?: AbortSignal}} [options]
 * @returns {Promise<ScoreAnswer>}
 */
export function scoreFile(file, { language, signal } = {}) {
  const body = new FormData();
  body.append("file", file);
  const query = language ? `?${new URLSearchParams({ language })}` : "";
  return request(`v1/files${query}`, { method: "POST", body, signal });
}

/**
 * @param {{text: string, context: string, task: string}} question
 * @param {AbortSignal} signal
 * @returns {Promise<Evidence>}
 */
export function evidence(question, signal) {
  return post("v1/evidence", question, signal);
}

/** @returns {Promise<any>} */
export function codebook() {
  return request("v1/codebook", {});
}

/** @returns {Promise<BundleAnswer>} */
export function bundle() {
  return request("v1/bundle", {});
}

/**
 * A static file of this page that holds JSON.
 *
 * @param {string} path
 * @returns {Promise<any>}
 */
export function file(path) {
  return request(path, {});
}

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
function post(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/**
 * @param {string} path  Relative to this page, so that the server may sit under any prefix.
 * @param {RequestInit} options
 * @returns {Promise<any>}
 */
async function request(path, options) {
  const headers = new Headers(options.headers);
  const known = token();
  if (known) headers.set("Authorization", `Bearer ${known}`);
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), { ...options, headers });
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "AbortError") throw fault;
    throw new Problem("The server cannot be reached", "Check that it runs, then try again.", 0);
  }
  if (response.ok) return response.json();
  const problem = await problemOf(response);
  if (response.status === 401) {
    const why = known ? "The token that you gave is not accepted." : problem.detail;
    if (await askToken(why)) return request(path, options);
  }
  throw problem;
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  const plain = `The server answered ${response.status}`;
  try {
    const body = await response.json();
    return new Problem(String(body.title ?? plain), String(body.detail ?? ""), response.status);
  } catch {
    return new Problem(plain, response.statusText, response.status);
  }
}
