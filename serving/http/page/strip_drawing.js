/**
 * The drawing of a strip: a bar for each sentence, in the lane of its label and as long as the
 * model is sure. Labels of higher value stand above, so that direction tells them apart as well as
 * colour does.
 */

import { labelOf } from "./codebook.js";
import { confidence, decide } from "./decision.js";
import { barColour, isDark } from "./palette.js";

/** @import { Label, Task } from "./codebook.js" */
/** @import { Doubt } from "./decision.js" */
/** @import { Sentence } from "./scored.js" */

const QUIET = { light: "#8b9197", dark: "#7d858d" };

/**
 * The labels of a task from the top lane to the bottom one.
 *
 * @param {Task} task
 * @returns {Label[]}
 */
export function lanes(task) {
  return [...task.labels].sort((a, b) => b.value - a.value || a.index - b.index);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Sentence[]} sentences
 * @param {Task} task
 * @param {Doubt} doubt
 * @param {(sentence: Sentence) => boolean} matches
 */
export function draw(canvas, sentences, task, doubt, matches) {
  const scale = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (!context || !width) return;
  context.scale(scale, scale);
  const order = lanes(task);
  const axis = Math.max(
    0,
    order.findIndex(({ name }) => name === task.default),
  );
  const lane = height / order.length;
  const middle = (axis + 0.5) * lane;
  const quiet = isDark() ? QUIET.dark : QUIET.light;
  const colours = new Map(task.labels.map((label) => [label.name, barColour(label)]));
  const slot = width / sentences.length;
  const bar = Math.max(1, slot > 5 ? slot - 1.5 : slot > 2 ? slot - 0.5 : slot);
  sentences.forEach((sentence, index) => {
    const label = labelOf(task, decide(sentence, task, doubt));
    const x = index * slot;
    context.globalAlpha = matches(sentence) ? 1 : 0.16;
    if (!label || label.name === task.default) {
      context.fillStyle = quiet;
      const thick = label ? 3 : 1;
      context.fillRect(x, middle - thick / 2, bar, thick);
      return;
    }
    const away = order.indexOf(label) - axis;
    const reach = Math.sign(away) * (Math.abs(away) - 0.5 + confidence(sentence, task)) * lane;
    context.fillStyle = colours.get(label.name) ?? quiet;
    context.fillRect(x, Math.min(middle, middle + reach), bar, Math.abs(reach));
  });
  context.globalAlpha = 1;
}
