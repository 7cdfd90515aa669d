// Each line with a code is one mistake: the code of its error, and the text that is underlined.
import { io, type Socket } from "socket.io-client";
import type { ClientToServerEvents, ServerToClientEvents } from "./events";
import type { ClientToServerEvents as HardIn, ServerToClientEvents as HardOut } from "./hard";
const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io();
const hard: Socket<HardOut, HardIn> = io();
// emitting
socket.emit("chat:sned", { text: "hi" }, () => {}); // TS2345 "chat:sned"
socket.emit("chat:send", {}, () => {}); // TS2345 {}
socket.emit("chat:send", { text: 1 }, () => {}); // TS2322 text
socket.emit("chat:send", { text: "hi", colour: 1 }, () => {}); // TS2353 colour
socket.emit("chat:message", { text: "hi", by: [] }); // TS2345 "chat:message"
socket.emit("kick", "0", () => {}); // TS2345 "kick"
socket.emit("move", 1, 2, 3); // TS2554 3
socket.emit("move"); // TS2554 emit
socket.emit("move", [1, 2]); // TS2345 [1, 2]
socket.emit("search", "a", "10", () => {}); // TS2345 "a", "10", () => {}
socket.emit("file:part", { part: { offset: 1, data: "text", many: [] } }, () => {}); // TS2322 data
// acknowledgements
socket.emit("chat:send", { text: "hi" }); // TS2554 emit
socket.emit("chat:send", { text: "hi" }, (answer: string) => {}); // TS2345 (answer: string) => {}
socket.emit("chat:send", { text: "hi" }, (answer) => { answer.length; }); // TS2339 length
socket.emitWithAck("search", "a").then((found) => { const n: number = found; }); // TS2322 n
socket.on("question", (_, ack) => { ack({ yes: "yes" }); }); // TS2322 yes
// listening
socket.on("chat:mesage", () => {}); // TS2345 "chat:mesage"
socket.on("chat:send", () => {}); // TS2345 "chat:send"
socket.on("chat:message", (message: { txt: string }) => {}); // TS2345 (message: { txt: string }) => {}
// hard types
hard.emit("sides", { firstName: "a", outName: true, aliased: true, type: "", "with-dash": "" }); // TS2353 outName
hard.emit("maps", { numbers: { x: true }, signed: {}, levels: {}, keys: {}, uuids: {}, bools: {}, chars: {} }); // TS2353 x
hard.emit("internal", [{ type: "walk" }]); // TS2322 type
hard.emit("colour", "green"); // TS2345 "green"
