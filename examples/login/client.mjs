// Is refused with a token that is not right, renews one that is over, shows an old one, logs in again: `node client.mjs [PORT]`.
import { once } from "node:events";
import { createHmac } from "node:crypto";
import { io } from "socket.io-client";

const address = `http://127.0.0.1:${process.argv[2] ?? 3000}`;
const logIn = async (name = "Ann") => (await fetch(`${address}/login`, { method: "POST", body: name })).text();

async function refused(what, token) {
  const socket = io(address, { auth: { token }, forceNew: true });
  const [error] = await once(socket, "connect_error");
  console.log(`${what}: ${error.data.code}`);
  socket.close();
}

let token = await logIn();
const first = token;

// what a token says can be read and changed by anyone, but not signed
const [head, claims, signature] = token.split(".");
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const forged = encode({ sub: "Bob", exp: 4e9 });
await refused("other claims", `${head}.${forged}.${signature}`);
await refused("signed by somebody else", `${head}.${forged}.${createHmac("sha256", "a guess").update(`${head}.${forged}`).digest("base64url")}`);
await refused("not signed", `${encode({ alg: "none", typ: "JWT" })}.${claims}.`);

// asked at each attempt, so that a reconnect shows the token of that time
const socket = io(address, { auth: (show) => show({ token }) });
await once(socket, "connect");
console.log(await socket.emitWithAck("whoami"));

let renews = true;
const renewed = new Promise((resolve) => {
  socket.on("token", async (answer) => {
    console.log(renews ? "shows a new token" : "shows an old token");
    if (renews) token = await logIn();
    answer(token);
    resolve();
  });
});
// why, just before the end
socket.on("expired", ({ code }) => console.log(`the session ends: ${code}`));

await renewed;
console.log(`${await socket.emitWithAck("whoami")}, with the new token`);
renews = false;
const [reason] = await once(socket, "disconnect");
console.log(reason);
await refused("an old token", first);

// after an end that the server wanted, an official client does not reconnect by itself
token = await logIn();
socket.connect();
await once(socket, "connect");
console.log(`${await socket.emitWithAck("whoami")}, who has logged in again`);
socket.close();
