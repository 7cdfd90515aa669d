// Official clients at the nodes of a cluster, with either parser, driven by lines of JSON as `cluster.mjs` is.
//
//   node matrix.mjs
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';
import msgpack from 'socket.io-msgpack-parser';

const clients = {};

async function connect(name, url, rooms, packed) {
    const socket = io(url, {
        auth: { name, rooms },
        query: { name, rooms: rooms.join(',') },
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        ...(packed ? { parser: msgpack } : {}),
    });
    const events = [];
    const changes = new EventEmitter();
    socket.onAny((...args) => {
        const ack = typeof args.at(-1) === 'function' ? args.pop() : null;
        events.push(args.map((arg) => (ArrayBuffer.isView(arg) ? { bytes: [...arg] } : arg)));
        changes.emit('event');
        ack?.(`${name} answers`);
    });
    await new Promise((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
    clients[name] = { events, changes };
}

// all that a client hears before the event `end`
async function upToEnd(name) {
    const { events, changes } = clients[name];
    const signal = AbortSignal.timeout(10_000);
    while (!events.some(([event]) => event === 'end')) await once(changes, 'event', { signal });
    const end = events.findIndex(([event]) => event === 'end');
    return events.splice(0, end + 1).slice(0, -1);
}

const AsyncFunction = (async () => {}).constructor;
const scope = { connect, upToEnd };
console.log(JSON.stringify({ result: 'ready' }));
for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
        const { js } = JSON.parse(line);
        answer = { result: (await new AsyncFunction(...Object.keys(scope), js)(...Object.values(scope))) ?? null };
    } catch (error) {
        answer = { error: error.message };
    }
    console.log(JSON.stringify(answer));
}
process.exit(0);
