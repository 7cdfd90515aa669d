// Makes every mistake once: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const socket = io(`http://127.0.0.1:${process.argv[2] ?? 3000}`);

// throws what the server answers as an error
async function ask(...event) {
  const answer = await socket.emitWithAck(...event);
  if (answer?.error) throw answer.error;
  return answer;
}

for (const event of [
  ["buy", { article: "tea", count: 2 }],
  ["buy", { article: "tea", count: 4 }],
  ["buy", { article: "milk", count: 1 }],
  ["buy", { article: "cheese", count: 1 }],
  ["buy", { article: "tea" }],
  ["close the shop"],
  ["by", { article: "tea", count: 2 }],
]) {
  try {
    console.log(await ask(...event));
  } catch ({ code, message }) {
    console.log(`${code}: ${message}`);
  }
}
socket.close();
