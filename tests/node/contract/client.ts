// A client as it should be: every line compiles.
import { io, type Socket } from "socket.io-client";
import type { ClientToServerEvents, ErrorInfo, Failure, Namespaces, Receipt, ServerToClientEvents } from "./events";
import type { ClientToServerEvents as HardIn, ServerToClientEvents as HardOut } from "./hard";

type In<N extends keyof Namespaces> = Socket<Namespaces[N]["serverToClient"], Namespaces[N]["clientToServer"]>;

const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io();
const admin: In<"/admin"> = io("/admin");
const org: In<"/org/{id}"> = io("/org/7");
const hard: Socket<HardOut, HardIn> = io();

socket.emit("chat:send", { text: "hi" }, (answer) => {
  if ("error" in answer) {
    const failure: Failure = answer;
    switch (failure.error.code) {
      case "rate_limited": break;
      case "of the program": break;
    }
  } else {
    const length: number = answer.length;
    console.log(length);
  }
});
socket.emit("chat:send", { text: "hi", reply_to: null }, () => {});

export async function asks() {
  const answer = await socket.emitWithAck("chat:send", { text: "hi" });
  if ("error" in answer) throw new Error(answer.error.message);
  const receipt: Receipt = answer;
  // optional arguments before the callback
  socket.emit("search", "a", (found) => { if (!("error" in found)) found.map((receipt) => receipt.length); });
  socket.emit("search", "a", 10, (found) => { if (!("error" in found)) found.map((receipt) => receipt.length); });
  socket.emit("search", "a", null, true, () => {});
  const some = await socket.emitWithAck("search", "a");
  const more = await socket.emitWithAck("search", "a", 10, false);
  // with a time limit the error comes first
  socket.timeout(1000).emit("chat:send", { text: "hi" }, (error, answer) => { console.log(error?.message, "error" in answer); });
  socket.timeout(1000).emit("search", "a", 3, (error, found) => { console.log(error?.message, "error" in found); });
  const late = await socket.timeout(1000).emitWithAck("search", "a", 3);
  console.log("error" in late);
  if (!("error" in some) && !("error" in more)) return [...some, ...more, receipt];
  return [];
}

socket.emit("move", 1);
socket.emit("move", 1, 2);
socket.emit("ping!");
socket.emit("swap", 1, "a", (text, number) => {
  if (typeof text === "object") console.log(text.error.code);
  else console.log(text.length, number?.toFixed());
});
socket.emit("log", 1, "any", { thing: true }, (...all: unknown[]) => { console.log(all.length); });
socket.emit("file:part", { part: { offset: 1, data: new Uint8Array([1]), many: [new ArrayBuffer(2)] } }, (bytes) => {
  console.log(bytes instanceof ArrayBuffer);
});
admin.emit("kick", "0", (kicked) => { console.log(kicked === true); });
admin.emit("kick", "0", "spam", () => {});
org.emit("leave");

socket.on("chat:message", ({ text, by }) => { console.log(text.toUpperCase(), by.length); });
socket.on("moved", (x, who, level) => { console.log(x.toFixed(), who.length, level?.toFixed()); });
socket.on("question", (text, ack) => { ack({ yes: text === "?", because: { because: null } }); });
socket.on("file:part", ({ part }, ack) => { ack(part.maybe ?? new Uint8Array(part.data)); });
socket.on("connect_error", (error: Error & { data?: ErrorInfo }) => { console.log(error.data?.code); });
admin.on("chat:message", () => {});
org.on("kicked", (who) => { console.log(who === "All" ? who : who.User); });

hard.emit("maps", { numbers: { 1: true }, signed: { "-1": true }, levels: { Low: 1 }, keys: { a: 1 }, uuids: {}, bools: { true: 1 }, chars: {} });
hard.emit("flat", { id: 1, deep: true, anything: "else" });
hard.emit("flat-enum", { id: 1, type: "wrap", deep: true });
hard.emit("sides", { firstName: "a", inName: true, aliased: true, type: "", "with-dash": "" });
hard.emit("opaque", { whatever: 1 });
hard.on("internal", (list) => {
  for (const one of list) {
    if (one.type === "go") console.log(one.x);
    else if (one.type === "wrap") console.log(one.deep);
  }
});
hard.on("shape", (list) => { for (const one of list) if (typeof one === "object" && "Named" in one) console.log(one.Named.b); });
