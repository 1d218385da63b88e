/** Which sentences are in view while the reader scrolls. */

/** @import { Laid } from "./article.js" */

/**
 * Tell of the first and last sentence in view, as places in [0, number of sentences].
 *
 * @param {Laid} laid
 * @param {HTMLElement} frame  What scrolls, unless the whole page does.
 * @param {() => number} covered  Pixels at the top that the toolbar covers.
 * @param {(from: number, to: number) => void} tell
 * @param {AbortSignal} signal
 */
export function watchPosition(laid, frame, covered, tell, signal) {
  /** @type {Map<Element, {first: number, last: number}>} */
  const ranges = new Map();
  /** @type {Set<Element>} */
  const near = new Set();
  let waiting = false;
  const measure = () => {
    waiting = false;
    if (signal.aborted) return;
    const own =
      frame.scrollHeight > frame.clientHeight + 1 && getComputedStyle(frame).overflowY === "auto";
    const box = own ? frame.getBoundingClientRect() : { top: 0, bottom: innerHeight };
    const [top, bottom] = [Math.max(box.top, covered()), Math.min(box.bottom, innerHeight)];
    let [from, to] = [Infinity, -Infinity];
    for (const node of near) {
      const range = ranges.get(node);
      const { top: above, height } = node.getBoundingClientRect();
      if (!range || !height) continue;
      const part = (/** @type {number} */ y) => Math.min(1, Math.max(0, (y - above) / height));
      const count = range.last - range.first + 1;
      if (part(bottom) <= part(top)) continue;
      from = Math.min(from, range.first + part(top) * count);
      to = Math.max(to, range.first + part(bottom) * count);
    }
    if (to > from) tell(from, to);
  };
  const later = () => {
    if (!waiting) requestAnimationFrame(measure);
    waiting = true;
  };
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) near.add(target);
      else near.delete(target);
    }
    later();
  });
  const observe = () => {
    for (const { node, first, last } of laid.blocks) {
      if (ranges.has(node)) continue;
      ranges.set(node, { first, last });
      observer.observe(node);
    }
  };
  observe();
  laid.whole.then(observe);
  document.addEventListener("scroll", later, { capture: true, passive: true, signal });
  addEventListener("resize", later, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}
