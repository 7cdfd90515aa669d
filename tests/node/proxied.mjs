// The official client through a proxy: `node proxied.mjs URL`; what carried it, by each choice of transports.
import { io } from "socket.io-client";
import { next } from "./steps.mjs";

const carriers = [];
for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  const socket = io(process.argv[2], { transports, forceNew: true, reconnection: false });
  await next(socket, "connect");
  if (transports.length > 1 && socket.io.engine.transport.name === "polling") await next(socket.io.engine, "upgrade");
  const answer = await socket.timeout(10_000).emitWithAck("echo", "hello");
  if (answer !== "hello") throw new Error(answer);
  carriers.push(socket.io.engine.transport.name);
  socket.disconnect();
}
console.log(carriers.join(" "));
process.exit(0);
