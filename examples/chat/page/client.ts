// The page's side of the events.

import type { ErrorInfo, Online, Welcome } from "./events";
import { PlainWire, SocketIoWire, type Wire, officialClient } from "./wires";

const byId = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;
const input = (id: string): HTMLInputElement => byId<HTMLInputElement>(id);

const io = await officialClient();
if (io) {
  byId("wires").hidden = false;
  input("wire-socketio").checked = true;
}

let bus: Wire | null = null;
let room = "lobby";
let me: string | null = null;
let entered = false;
const typing = new Map<string, number>();

byId("login").querySelector("form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = input("name").value.trim();
  byId("refusal").textContent = "";
  bus?.close();
  const official = io && input("wire-socketio").checked ? io : null;
  byId("via").textContent = official ? "Socket.IO" : "plain WebSocket";
  const wire: Wire = official ? new SocketIoWire(official, name) : new PlainWire(name);
  bus = wire
    .on("welcome", welcome)
    .on("connect_error", refused)
    .on("online", online)
    .on("said", ({ name, text, at }) => {
      showTyping(name, false);
      addMessage({ name, text, at });
    })
    .on("is typing", ({ name, now }) => showTyping(name, now))
    .on("offline", offline);
});

function welcome({ name, names }: Welcome): void {
  me = name;
  byId("login").hidden = true;
  byId("chat").hidden = false;
  setState("open", "online");
  byId("text").focus();
  addNote(entered ? "You are back." : `Welcome, ${name}.`);
  // the server puts every new connection into the lobby; after a reconnect we want to be in the same room as before
  if (entered && room !== "lobby") enterRoom(room);
  entered = true;
  showNames(names);
}

/// Before we have entered, the login form shows why; later, we reconnected before the server noticed that we were gone.
function refused({ message }: { message: string }): void {
  if (entered) return;
  bus?.close();
  byId("refusal").textContent = message;
  byId("name").focus();
}

function offline(): void {
  if (!entered) {
    bus?.close();
    byId("refusal").textContent = "The server cannot be reached.";
    return;
  }
  setState("waiting", "reconnecting…");
  typing.forEach((_, name) => showTyping(name, false));
}

async function enterRoom(name: string): Promise<void> {
  if (bus === null) return;
  try {
    ({ room } = await bus.ask("enter", { room: name }));
    input("room").value = room;
    addNote(`You are in the room ${room}.`);
  } catch (error) {
    input("room").value = room;
    toast((error as ErrorInfo).message);
  }
}

byId("rooms").addEventListener("submit", (event) => {
  event.preventDefault();
  enterRoom(input("room").value);
});

function setState(state: "open" | "waiting", text: string): void {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
}

function online({ names, came, went }: Online): void {
  showNames(names);
  if (came) addNote(`${came} has joined.`);
  if (went) {
    addNote(`${went} has left.`);
    showTyping(went, false);
  }
}

function showNames(names: string[]): void {
  byId("count").textContent = String(names.length);
  byId("online").replaceChildren(
    ...names.map((name) => {
      const item = document.createElement("li");
      item.textContent = name;
      item.className = name === me ? "me" : "";
      return item;
    }),
  );
}

function showTyping(name: string, now: boolean): void {
  clearTimeout(typing.get(name));
  typing.delete(name);
  // a person who stops without a notice is removed
  if (now) typing.set(name, setTimeout(() => showTyping(name, false), 6000));
  const names = [...typing.keys()];
  byId("typing").textContent =
    names.length === 0 ? "" : names.length > 2 ? "Several people are typing…" : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing…`;
}

interface Message {
  name: string | null;
  text: string;
  at?: number;
  mine?: boolean;
}

function addMessage({ name, text, at, mine = false }: Message): HTMLLIElement {
  const item = document.createElement("li");
  item.className = mine ? "message mine" : "message";
  const parts: [string, string | null][] = [["name", name], ["text", text], ["when", at ? clock(at) : "sending…"]];
  for (const [part, content] of parts) {
    const span = document.createElement("span");
    span.className = part;
    // as text: nothing that others write becomes part of the page
    span.textContent = content;
    item.append(span);
  }
  return add(item);
}

function addNote(text: string): void {
  const item = document.createElement("li");
  item.className = "note";
  item.textContent = text;
  add(item);
}

function add(item: HTMLLIElement): HTMLLIElement {
  const list = byId("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.append(item);
  if (atEnd) item.scrollIntoView({ block: "end" });
  return item;
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function toast(text: string): void {
  const note = document.createElement("p");
  note.textContent = text;
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 5000);
}

// --- writing ---

let saidTyping = false;
let stopTyping: number | undefined;

function tellTyping(now: boolean): void {
  clearTimeout(stopTyping);
  if (now) stopTyping = setTimeout(() => tellTyping(false), 3000);
  if (now === saidTyping || byId("state").dataset.state !== "open") return;
  saidTyping = now;
  bus?.emit("typing", { now });
}

input("text").addEventListener("input", () => tellTyping(input("text").value !== ""));

byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (bus === null) return;
  const text = input("text").value;
  const item = addMessage({ name: me, text, mine: true });
  input("text").value = "";
  tellTyping(false);
  try {
    const { at } = await bus.ask("say", { text });
    const when = item.querySelector(".when");
    if (when) when.textContent = clock(at);
    item.classList.add("sent");
  } catch (error) {
    item.remove();
    // nothing is lost: the text is back where it was written
    input("text").value ||= text;
    toast((error as ErrorInfo).message);
  }
});
