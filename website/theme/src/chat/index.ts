/** What the panel's parts use, and swizzled copies of them. Loaded with the panel, not with the page. */
export { blocksOf } from "./blocks";
export { targetOf, type Site, type Target } from "./links";
export { textOf, type AnswerFacts, type Message, type QuestionFacts, type Source } from "./message";
export { Problem } from "./problem";
export { keep, sessionOf } from "./session";
export { vote, type Vote } from "./transport";
export { orderly } from "./tree";
export { shares, turnsOf, type Turn, type TurnState } from "./turns";
