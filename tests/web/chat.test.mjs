/**
 * The chat as a reader has it, in a real browser, against a real API whose model is scripted. The suites are one test
 * file because they share one server, one site and one browser.
 */
import "./asking.mjs";
import "./trouble.mjs";
import "./looks.mjs";
import "./embed.mjs";
