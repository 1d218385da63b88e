/**
 * What the server answers, as types for editors and `tsc --checkJs`. Holds no code.
 *
 * @typedef {{start: number, end: number, kind: string}} RawSpan  Code points `[start, end)`.
 * @typedef {{label: string, probabilities: Record<string, number>, labels: string[],
 *   undecided: boolean}} Prediction
 * @typedef {{index: number, start: number, end: number, text: string, context: string,
 *   voice: string, speaker: string, predictions: Record<string, Prediction>}} RawSentence
 * @typedef {{id: string, metadata?: Record<string, unknown>, text?: string,
 *   sentences: RawSentence[], left_out: RawSpan[]}} RawDocument
 * @typedef {{document: string, place: string, reason: string}} SetAside
 * @typedef {{bundle: string, codebook: string, error_rate: number, documents: RawDocument[],
 *   set_aside?: SetAside[]}} ScoreAnswer
 * @typedef {{start: number, end: number, text: string, contribution: number}} EvidenceWord
 * @typedef {{task: string, label: string, method: string, words: EvidenceWord[],
 *   note?: string}} Evidence
 * @typedef {{task: string, metric: string, value: number, low: number, high: number,
 *   signature: string}} Score
 * @typedef {{id: string, name: string, kind: string, scores: Score[]}} BundleAnswer
 * @typedef {{id: string, text: string, metadata?: Record<string, unknown>}} GivenDocument
 * @typedef {{kind: "example" | "text", key: string}} Origin  Where an article comes from: an
 *   example's id, or the digest of a text that was given.
 */

export {};
