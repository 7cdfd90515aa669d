// The page's side of the events.

const byId = (id) => document.getElementById(id);

import { PlainWire, SocketIoWire, officialClient } from "/wires.js";

const io = await officialClient();
if (io) {
  byId("wires").hidden = false;
  byId("wire-socketio").checked = true;
}

let bus = null;
let room = "lobby";
let me = null;
let entered = false;
const typing = new Map();

byId("login").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = byId("name").value.trim();
  byId("refusal").textContent = "";
  bus?.close();
  const official = io && byId("wire-socketio").checked;
  byId("via").textContent = official ? "Socket.IO" : "plain WebSocket";
  bus = (official ? new SocketIoWire(io, name) : new PlainWire(name))
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

function welcome({ name, names }) {
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
function refused({ message }) {
  if (entered) return;
  bus.close();
  byId("refusal").textContent = message;
  byId("name").focus();
}

function offline() {
  if (!entered) {
    bus.close();
    byId("refusal").textContent = "The server cannot be reached.";
    return;
  }
  setState("waiting", "reconnecting…");
  typing.forEach((_, name) => showTyping(name, false));
}

async function enterRoom(name) {
  try {
    ({ room } = await bus.ask("enter", { room: name }));
    byId("room").value = room;
    addNote(`You are in the room ${room}.`);
  } catch ({ message }) {
    byId("room").value = room;
    toast(message);
  }
}

byId("rooms").addEventListener("submit", (event) => {
  event.preventDefault();
  enterRoom(byId("room").value);
});

function setState(state, text) {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
}

function online({ names, came, went }) {
  showNames(names);
  if (came) addNote(`${came} has joined.`);
  if (went) {
    addNote(`${went} has left.`);
    showTyping(went, false);
  }
}

function showNames(names) {
  byId("count").textContent = names.length;
  byId("online").replaceChildren(
    ...names.map((name) => {
      const item = document.createElement("li");
      item.textContent = name;
      item.className = name === me ? "me" : "";
      return item;
    }),
  );
}

function showTyping(name, now) {
  clearTimeout(typing.get(name));
  typing.delete(name);
  // a person who stops without a notice is removed
  if (now) typing.set(name, setTimeout(() => showTyping(name, false), 6000));
  const names = [...typing.keys()];
  byId("typing").textContent =
    names.length === 0 ? "" : names.length > 2 ? "Several people are typing…" : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing…`;
}

function addMessage({ name, text, at, mine = false }) {
  const item = document.createElement("li");
  item.className = mine ? "message mine" : "message";
  for (const [part, content] of [["name", name], ["text", text], ["when", at ? clock(at) : "sending…"]]) {
    const span = document.createElement("span");
    span.className = part;
    // as text: nothing that others write becomes part of the page
    span.textContent = content;
    item.append(span);
  }
  return add(item);
}

function addNote(text) {
  const item = document.createElement("li");
  item.className = "note";
  item.textContent = text;
  add(item);
}

function add(item) {
  const list = byId("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.append(item);
  if (atEnd) item.scrollIntoView({ block: "end" });
  return item;
}

function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function toast(text) {
  const note = document.createElement("p");
  note.textContent = text;
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 5000);
}

// --- writing ---

let saidTyping = false;
let stopTyping;

function tellTyping(now) {
  clearTimeout(stopTyping);
  if (now) stopTyping = setTimeout(() => tellTyping(false), 3000);
  if (now === saidTyping || byId("state").dataset.state !== "open") return;
  saidTyping = now;
  bus.emit("typing", { now });
}

byId("text").addEventListener("input", ({ target }) => tellTyping(target.value !== ""));

byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("text").value;
  const item = addMessage({ name: me, text, mine: true });
  byId("text").value = "";
  tellTyping(false);
  try {
    const { at } = await bus.ask("say", { text });
    item.querySelector(".when").textContent = clock(at);
    item.classList.add("sent");
  } catch (error) {
    item.remove();
    // nothing is lost: the text is back where it was written
    byId("text").value ||= text;
    toast(error.message);
  }
});
