// The reference implementation: Socket.IO on Node.js with its default options; with `compression`, permessage-deflate as `true`
// sets it: contexts are kept, and what is shorter than 1 KiB goes plain.
// Usage: node socketio.js PORT [compression]
import { Server } from "socket.io";

const io = new Server(Number(process.argv[2]), { perMessageDeflate: process.argv[3] === "compression" });

io.on("connection", (socket) => {
  socket.on("echo", (text) => socket.emit("echo", text));
  socket.on("ack", (text, answer) => answer(text));
  socket.on("broadcast", (text) => io.emit("broadcast", text));
  socket.on("join", (room, answer) => {
    socket.join(room);
    answer(room);
  });
  socket.on("broadcast_room", (text) => io.to("room").emit("broadcast_room", text));
});
