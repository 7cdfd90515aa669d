// The same without a Socket.IO library: `node plain.mjs [PORT]`. A browser has `WebSocket` built in.
import WebSocket from "ws";

const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2] ?? 3000}/ws`);

socket.onopen = () => socket.send(JSON.stringify({ event: "greet", data: { name: "Bob" } }));
socket.onmessage = ({ data }) => {
  const { event, data: greeting } = JSON.parse(data);
  console.log(`${event}: ${greeting.text}`);
  socket.close();
};
