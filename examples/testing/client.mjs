// The program from outside, as its users see it: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const socket = io(`http://127.0.0.1:${process.argv[2] ?? 3000}`);

console.log(await socket.emitWithAck("bid", { amount: 20 }));
console.log((await socket.emitWithAck("bid", { amount: 1 })).error.code);
socket.close();
