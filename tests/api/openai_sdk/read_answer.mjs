// Asks one question through OpenAI's SDK, streamed and whole, and prints what it read, as JSON.
import OpenAI from "openai";

const [baseURL, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0 });
const asked = { model: "fingerpost", messages: [{ role: "user", content: question }] };

const told = { text: "", roles: [], reasons: [], about: undefined, usage: undefined };
const stream = await client.chat.completions.create({
  ...asked,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  for (const choice of chunk.choices) {
    told.text += choice.delta.content ?? "";
    if (choice.delta.role) told.roles.push(choice.delta.role);
    if (choice.finish_reason) told.reasons.push(choice.finish_reason);
  }
  told.about ??= chunk.fingerpost;
  told.usage ??= chunk.usage ?? undefined;
}

const helper = client.chat.completions.stream(asked);
const folded = await helper.finalContent();
const whole = await client.chat.completions.create(asked);
const models = (await client.models.list()).data.map((model) => model.id);
let refused;
try {
  await client.chat.completions.create({ ...asked, filter: { version: "99" } });
} catch (error) {
  refused = { status: error.status, code: error.code, kind: error.constructor.name };
}
console.log(JSON.stringify({ stream: told, folded, whole, models, refused }));
