// Plain WebSocket on Node.js. `/ws` echoes frames as they came, `B...` goes to everyone;
// `/bus` does the same with the JSON envelope of our event bus.
// Usage: node ws.js PORT
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });

server.on("connection", (socket, request) => {
  const handle = request.url === "/bus" ? handleEnvelope : handleText;
  socket.on("message", (data) => handle(socket, data.toString()));
});

function handleText(socket, text) {
  if (text.startsWith("B")) toEveryone(text);
  else socket.send(text);
}

function handleEnvelope(socket, text) {
  const { event, data, id } = JSON.parse(text);
  if (id !== undefined) socket.send(JSON.stringify({ ack: id, data }));
  else if (event === "broadcast") toEveryone(JSON.stringify({ event, data }));
  else socket.send(JSON.stringify({ event, data }));
}

function toEveryone(text) {
  for (const client of server.clients) client.send(text);
}
