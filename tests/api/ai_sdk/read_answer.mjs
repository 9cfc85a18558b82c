// Asks one question through the AI SDK's own transport and prints the message that it builds, as JSON.
import { DefaultChatTransport, readUIMessageStream } from "ai";

const [api, question] = process.argv.slice(2);
const transport = new DefaultChatTransport({ api });
const stream = await transport.sendMessages({
  trigger: "submit-message",
  chatId: "test",
  messageId: undefined,
  messages: [{ id: "1", role: "user", parts: [{ type: "text", text: question }] }],
  abortSignal: undefined,
});
let last;
let updates = 0;
const errors = [];
for await (const message of readUIMessageStream({ stream, onError: (error) => errors.push(String(error)) })) {
  last = message;
  updates += 1;
}
console.log(JSON.stringify({ message: last, updates, errors }));
