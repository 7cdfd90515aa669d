// Shows a new token in time, then an old one, then logs in again: `node client.mjs [PORT]`.
import { once } from "node:events";
import { io } from "socket.io-client";

const address = `http://127.0.0.1:${process.argv[2] ?? 3000}`;
const logIn = async () => (await fetch(`${address}/login`, { method: "POST", body: "Ann" })).text();

let token = await logIn();
// asked at each attempt, so that a reconnect shows the token of that time
const socket = io(address, { auth: (show) => show({ token }) });
await once(socket, "connect");
console.log(await socket.emitWithAck("whoami"));

let renews = true;
socket.on("token", async (answer) => {
  console.log(renews ? "shows a new token" : "shows an old token");
  if (renews) token = await logIn();
  answer(token);
});
// why, just before the end
socket.on("expired", ({ code, message }) => console.log(`${code}: ${message}`));

await new Promise((resolve) => setTimeout(resolve, 1200));
console.log(`${await socket.emitWithAck("whoami")}, with the new token`);
renews = false;
const [reason] = await once(socket, "disconnect");
console.log(reason);

// after an end that the server wanted, an official client does not reconnect by itself
token = await logIn();
socket.connect();
await once(socket, "connect");
console.log(`${await socket.emitWithAck("whoami")}, who has logged in again`);
socket.close();
