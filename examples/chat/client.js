// The page's side of the events: the plain wire of socketio, without any library.

const byId = (id) => document.getElementById(id);

/// A connection of the plain wire: envelopes, acknowledgements, and a new attempt when it breaks.
class Bus {
  #handlers = new Map();
  #pending = new Map();
  #lastId = 0;
  #attempt = 0;
  #socket;
  #url;

  constructor(url) {
    this.#url = url;
    this.#open();
  }

  on(event, handler) {
    this.#handlers.set(event, handler);
    return this;
  }

  emit(event, data) {
    this.#socket.send(JSON.stringify({ event, data }));
  }

  /// Resolves to the server's answer; rejects with its error, or when the connection breaks.
  ask(event, data) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject({ code: "offline", message: "You are offline. Try again in a moment." });
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ event, data, id }));
    });
  }

  close() {
    this.#url = null;
    this.#socket.close();
  }

  #open() {
    const socket = new WebSocket(this.#url, "socketio.bus.v1");
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#closed();
  }

  #receive({ event, data, ack, error }) {
    if (ack !== undefined) {
      const waiting = this.#pending.get(ack);
      this.#pending.delete(ack);
      if (waiting && error) waiting.reject(error);
      else if (waiting) waiting.resolve(data);
      return;
    }
    if (event === "welcome") this.#attempt = 0;
    this.#handlers.get(event)?.(data);
  }

  #closed() {
    for (const { reject } of this.#pending.values()) {
      reject({ code: "offline", message: "The connection broke: the message may not have arrived." });
    }
    this.#pending.clear();
    if (this.#url === null) return;
    this.#handlers.get("offline")?.();
    // 0.25 s, doubled up to 8 s, and a random part, so that many pages do not come back at once
    const wait = Math.min(250 * 2 ** this.#attempt++, 8000);
    setTimeout(() => this.#url !== null && this.#open(), wait / 2 + (Math.random() * wait) / 2);
  }
}

let bus = null;
let me = null;
let entered = false;
const typing = new Map();

byId("login").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = byId("name").value.trim();
  byId("refusal").textContent = "";
  bus?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  bus = new Bus(`${scheme}://${location.host}/ws?name=${encodeURIComponent(name)}`)
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
  entered = true;
  showNames(names);
}

/// Before we were in, the login form tells; later a reconnect was too quick for the server to see us gone.
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
  // who stops without saying so is forgotten
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
