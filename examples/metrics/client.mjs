// Does something, and prints what the server has counted of it: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2] ?? 3000}`;
const socket = io(url);

await socket.emitWithAck("say", "hello");
await socket.emitWithAck("work");
await socket.emitWithAck("fail");
socket.emit("made up by a client");
await socket.emitWithAck("say", "bye");
const text = await (await fetch(`${url}/metrics`)).text();
for (const line of text.split("\n")) {
  if (/^socketio_(events|sockets|connects|handler_duration_seconds_count).*[1-9]$/.test(line)) console.log(line);
}
socket.close();
