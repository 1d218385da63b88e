/**
 * Elements made without markup: whatever comes from outside becomes a text node or an attribute's
 * value, never HTML.
 */

/**
 * @typedef {string | number | boolean | null | undefined} AttributeValue
 * @typedef {Node | string | null | undefined | false} Child
 */

/**
 * Make an element. Names of attributes come from this page's own code only.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, AttributeValue>} [attributes]  `false`, `null` and `undefined` are left out.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child) node.append(child);
  }
  return node;
}

/**
 * Make a button that does `act`.
 *
 * @param {string} name
 * @param {(event: MouseEvent) => void} act
 * @param {Record<string, AttributeValue>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function button(name, act, attributes = {}) {
  const node = el("button", { type: "button", ...attributes }, name);
  node.addEventListener("click", act);
  return node;
}

/**
 * Set custom properties. The server's policy forbids style attributes; the CSSOM is allowed.
 *
 * @template {HTMLElement} E
 * @param {E} node
 * @param {Record<string, string | number>} properties
 * @returns {E}
 */
export function styled(node, properties) {
  for (const [name, value] of Object.entries(properties)) {
    node.style.setProperty(name, String(value));
  }
  return node;
}

/**
 * The element with an id that index.html holds.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}
