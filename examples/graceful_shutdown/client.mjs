// Waits for the end of the server: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

// without this, the client would come back by itself as soon as a server listens again
const socket = io(`http://127.0.0.1:${process.argv[2] ?? 3000}`, { reconnection: false });

socket.on("connect", () => socket.emit("save"));
socket.on("restarting", () => console.log("the server restarts"));
socket.on("disconnect", (reason) => console.log(`disconnected: ${reason}`));
