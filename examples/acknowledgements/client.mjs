// Asks, and answers: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const socket = io(`http://127.0.0.1:${process.argv[2] ?? 3000}`);

// the server asks: the last argument is the function that answers
socket.on("confirm", ({ question }, answer) => answer(question !== "Delete diary.txt?"));

console.log(await socket.emitWithAck("divide", { dividend: 17, divisor: 5 }));
console.log(await socket.emitWithAck("divide", { dividend: 17, divisor: 0 }));
const report = socket.emitWithAck("report");
console.log(await socket.emitWithAck("delete", "notes.txt"));
console.log(await socket.emitWithAck("delete", "diary.txt"));
console.log(await report);
socket.close();
