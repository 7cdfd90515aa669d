// The official client: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const socket = io(`http://127.0.0.1:${process.argv[2] ?? 3000}`);

socket.on("greeting", ({ text }) => {
  console.log(text);
  socket.close();
});
socket.emit("greet", { name: "Ann" });
