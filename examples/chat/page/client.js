// The bundle of client.ts. Do not edit: `npm run chat` writes it.

// wires.ts
var PlainWire = class {
  #handlers = /* @__PURE__ */ new Map();
  #pending = /* @__PURE__ */ new Map();
  #lastId = 0;
  #attempt = 0;
  #socket;
  #url;
  constructor(name) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#url = `${scheme}://${location.host}/ws?name=${encodeURIComponent(name)}`;
    this.#open(this.#url);
  }
  on(event, handler) {
    this.#handlers.set(event, handler);
    return this;
  }
  emit(event, data) {
    this.#socket.send(JSON.stringify({ event, data }));
  }
  ask(event, data) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject({ code: "offline", message: "You are offline. Try again in a moment." });
        return;
      }
      this.#pending.set(id, { resolve: (data2) => resolve(data2), reject });
      this.#socket.send(JSON.stringify({ event, data, id }));
    });
  }
  close() {
    this.#url = null;
    this.#socket.close();
  }
  #open(url) {
    const socket = new WebSocket(url, "socketio.bus.v1");
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#closed();
  }
  #receive({ event, data, ack, error }) {
    if (ack !== void 0) {
      const waiting = this.#pending.get(ack);
      this.#pending.delete(ack);
      if (waiting && error) waiting.reject(error);
      else if (waiting) waiting.resolve(data);
      return;
    }
    if (event === "welcome") this.#attempt = 0;
    if (event !== void 0) this.#handlers.get(event)?.(data);
  }
  #closed() {
    for (const { reject } of this.#pending.values()) {
      reject({ code: "offline", message: "The connection broke: the message may not have arrived." });
    }
    this.#pending.clear();
    if (this.#url === null) return;
    this.#handlers.get("offline")?.(void 0);
    const wait = Math.min(250 * 2 ** this.#attempt++, 8e3);
    setTimeout(() => this.#url !== null && this.#open(this.#url), wait / 2 + Math.random() * wait / 2);
  }
};
var SocketIoWire = class {
  #socket;
  constructor(io2, name) {
    this.#socket = io2({ auth: { name }, forceNew: true });
  }
  // inside these functions the event is any of them, so that the types of the client cannot follow: their callers are checked
  get #any() {
    return this.#socket;
  }
  on(event, handler) {
    if (event === "connect_error") {
      const refused2 = handler;
      this.#socket.on("connect_error", (error) => {
        if (error.data) refused2({ message: error.message });
      });
    } else if (event === "offline") {
      const offline2 = handler;
      this.#socket.on("disconnect", () => offline2());
      this.#socket.io.on("reconnect_error", () => offline2());
    } else {
      this.#any.on(event, handler);
    }
    return this;
  }
  emit(event, data) {
    this.#any.emit(event, data);
  }
  async ask(event, data) {
    if (!this.#socket.connected) throw { code: "offline", message: "You are offline. Try again in a moment." };
    let answer;
    try {
      answer = await this.#any.timeout(1e4).emitWithAck(event, data);
    } catch {
      throw { code: "offline", message: "The connection broke: the message may not have arrived." };
    }
    const { error } = answer;
    if (error) throw error;
    return answer;
  }
  close() {
    this.#socket.disconnect();
  }
};
async function officialClient() {
  const address = "/socket.io.js";
  try {
    return (await import(address)).io;
  } catch {
    return null;
  }
}

// client.ts
var byId = (id) => document.getElementById(id);
var input = (id) => byId(id);
var io = await officialClient();
if (io) {
  byId("wires").hidden = false;
  input("wire-socketio").checked = true;
}
var bus = null;
var room = "lobby";
var me = null;
var entered = false;
var typing = /* @__PURE__ */ new Map();
byId("login").querySelector("form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = input("name").value.trim();
  byId("refusal").textContent = "";
  bus?.close();
  const official = io && input("wire-socketio").checked ? io : null;
  byId("via").textContent = official ? "Socket.IO" : "plain WebSocket";
  const wire = official ? new SocketIoWire(official, name) : new PlainWire(name);
  bus = wire.on("welcome", welcome).on("connect_error", refused).on("online", online).on("said", ({ name: name2, text, at }) => {
    showTyping(name2, false);
    addMessage({ name: name2, text, at });
  }).on("is typing", ({ name: name2, now }) => showTyping(name2, now)).on("offline", offline);
});
function welcome({ name, names }) {
  me = name;
  byId("login").hidden = true;
  byId("chat").hidden = false;
  setState("open", "online");
  byId("text").focus();
  addNote(entered ? "You are back." : `Welcome, ${name}.`);
  if (entered && room !== "lobby") enterRoom(room);
  entered = true;
  showNames(names);
}
function refused({ message }) {
  if (entered) return;
  bus?.close();
  byId("refusal").textContent = message;
  byId("name").focus();
}
function offline() {
  if (!entered) {
    bus?.close();
    byId("refusal").textContent = "The server cannot be reached.";
    return;
  }
  setState("waiting", "reconnecting…");
  typing.forEach((_, name) => showTyping(name, false));
}
async function enterRoom(name) {
  if (bus === null) return;
  try {
    ({ room } = await bus.ask("enter", { room: name }));
    input("room").value = room;
    addNote(`You are in the room ${room}.`);
  } catch (error) {
    input("room").value = room;
    toast(error.message);
  }
}
byId("rooms").addEventListener("submit", (event) => {
  event.preventDefault();
  enterRoom(input("room").value);
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
  byId("count").textContent = String(names.length);
  byId("online").replaceChildren(
    ...names.map((name) => {
      const item = document.createElement("li");
      item.textContent = name;
      item.className = name === me ? "me" : "";
      return item;
    })
  );
}
function showTyping(name, now) {
  clearTimeout(typing.get(name));
  typing.delete(name);
  if (now) typing.set(name, setTimeout(() => showTyping(name, false), 6e3));
  const names = [...typing.keys()];
  byId("typing").textContent = names.length === 0 ? "" : names.length > 2 ? "Several people are typing…" : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing…`;
}
function addMessage({ name, text, at, mine = false }) {
  const item = document.createElement("li");
  item.className = mine ? "message mine" : "message";
  const parts = [["name", name], ["text", text], ["when", at ? clock(at) : "sending…"]];
  for (const [part, content] of parts) {
    const span = document.createElement("span");
    span.className = part;
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
  setTimeout(() => note.remove(), 5e3);
}
var saidTyping = false;
var stopTyping;
function tellTyping(now) {
  clearTimeout(stopTyping);
  if (now) stopTyping = setTimeout(() => tellTyping(false), 3e3);
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
    input("text").value ||= text;
    toast(error.message);
  }
});
