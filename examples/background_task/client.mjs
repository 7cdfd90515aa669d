// Watches one symbol, over a plain WebSocket: `node client.mjs [PORT]`. A browser has `WebSocket` built in.
import WebSocket from "ws";

const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2] ?? 3000}/ws`);
let prices = 0;

// an `id` asks for an acknowledgement
socket.onopen = () => socket.send(JSON.stringify({ event: "subscribe", data: "EUR", id: 1 }));
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.ack === 1) console.log(message.error?.message ?? "subscribed");
  if (message.event === "price" && ++prices === 3) console.log(`three prices of ${message.data.symbol}`);
};
socket.onclose = ({ code }) => console.log(`closed: ${code}`);
