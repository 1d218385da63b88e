/**
 * Texts of this tab. The server keeps no articles, so a link to a sentence of a text that was given
 * works where the text is: in this tab, or for somebody who gives the same text again.
 */

/** @import { GivenDocument } from "./types.js" */

const PREFIX = "stancekit.text.";

/**
 * Remember a text under its digest; where there is no room, it is not remembered.
 *
 * @param {GivenDocument} given
 * @returns {string}  The digest.
 */
export function remember(given) {
  const key = digest(given.text);
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(given));
  } catch {
    // The text is too long for the browser's storage; links to it work until the page is left.
  }
  return key;
}

/**
 * @param {string} key
 * @returns {GivenDocument | null}
 */
export function recall(key) {
  try {
    const found = sessionStorage.getItem(PREFIX + key);
    return found ? JSON.parse(found) : null;
  } catch {
    return null;
  }
}

/**
 * 53 bits that tell texts apart (cyrb53). It names a text and proves nothing: the browser's SHA-256
 * is not there on plain HTTP.
 *
 * @param {string} text
 * @returns {string}
 */
export function digest(text) {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 2654435761);
    two = Math.imul(two ^ unit, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  const number = 4294967296 * (2097151 & two) + (one >>> 0);
  return number.toString(16).padStart(14, "0");
}
