/** How the options in docusaurus.config are checked; their shapes are in settings. */
import { Joi } from "@docusaurus/utils-validation";
import type { Options, PluginOptions, Suggestions } from "./settings";

const questions = Joi.array().items(Joi.string().trim().min(1).max(200)).min(1).max(6);
const section = Joi.object<Suggestions>({
  path: Joi.string().pattern(/^\//, "a path that begins with /").required(),
  questions: questions.required(),
});

const schema = Joi.object<Options>({
  apiUrl: Joi.alternatives()
    .try(Joi.string().uri({ scheme: ["http", "https"] }), Joi.string().pattern(/^\/(?!\/)/))
    .required()
    .messages({ "alternatives.match": '"apiUrl" must be an http(s) address, or a path that begins with one /' }),
  suggestions: Joi.array().items(Joi.string().trim().min(1).max(200), section).default([]),
  button: Joi.boolean().default(true),
  navbar: Joi.boolean().default(true),
  shortcut: Joi.boolean().default(true),
  selection: Joi.boolean().default(true),
  feedback: Joi.boolean().default(true),
});

type Validate = (schema: Joi.Schema, options: Options) => Required<Options>;

/** Docusaurus calls this before the theme is made; what is wrong is said with its key. */
export function validateOptions({ validate, options }: { validate: Validate; options: Options }): PluginOptions {
  const checked = validate(schema, options);
  const plain = checked.suggestions.filter((entry) => typeof entry === "string");
  const sections = checked.suggestions.filter((entry) => typeof entry !== "string");
  const everywhere = plain.length ? [{ path: "/", questions: plain }] : [];
  return { ...checked, apiUrl: checked.apiUrl.replace(/\/+$/, ""), suggestions: [...sections, ...everywhere] };
}
