// The reference implementation as a node of a cluster: socket.io with @socket.io/redis-adapter, both with their default options.
// Usage: node cluster.js PORT REDIS_URL
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [port, url] = process.argv.slice(2);
const pub = createClient({ url });
const sub = pub.duplicate();
await Promise.all([pub.connect(), sub.connect()]);
const io = new Server(Number(port), { adapter: createAdapter(pub, sub) });

io.on("connection", (socket) => {
  socket.on("broadcast", (text) => io.emit("broadcast", text));
  socket.on("join", (room, answer) => {
    socket.join(room);
    answer(room);
  });
  socket.on("join_many", (count, answer) => {
    socket.join(Array.from({ length: count }, (_, number) => `room-${number}`));
    answer(count);
  });
  socket.on("broadcast_room", (text) => io.to("room").emit("broadcast_room", text));
});
