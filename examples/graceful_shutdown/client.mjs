// Waits for the end of the server: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const socket = io(`http://127.0.0.1:${process.argv[2] ?? 3000}`, {
  // by default the client reconnects by itself as soon as a server listens again
  reconnection: false,
  // a client that polls reads the last event and the end in one response, and keeps the event until it has reconnected
  transports: ["websocket"],
});

socket.on("connect", () => socket.emit("save"));
socket.on("restarting", () => console.log("the server restarts"));
socket.on("disconnect", (reason) => console.log(`disconnected: ${reason}`));
