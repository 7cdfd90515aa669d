// Three prices over a plain WebSocket, then it waits for the end of the server: `node client.mjs [PORT]`.
// A browser has `WebSocket` built in.
import WebSocket from "ws";

const SYMBOL = "EUR";
const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2] ?? 3000}/ws`);
let prices = 0;

const send = (message) => socket.send(JSON.stringify(message));
// an `id` asks for an acknowledgement
socket.onopen = () => send({ event: "subscribe", data: SYMBOL, id: 1 });
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.ack === 1) console.log(message.error?.message ?? "subscribed");
  if (message.event === "price" && ++prices === 3) {
    console.log(`three prices of ${message.data.symbol}`);
    send({ event: "unsubscribe", data: SYMBOL });
  }
};
socket.onclose = ({ code }) => console.log(`closed: ${code}`);
