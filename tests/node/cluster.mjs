// A Socket.IO server of Node.js in a cluster, and clients of any server: driven by lines of JSON.
//
//   node cluster.mjs REDIS_PORT redis|ioredis [classic|sharded|static|streams|recovery]
//
// A line is {"js": "..."}: the body of an async function. The answer is {"result": ..} or {"error": ".."}.
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io as client } from 'socket.io-client';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { Emitter } from '@socket.io/redis-emitter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import { createClient } from 'redis';
import Redis from 'ioredis';

const [redisPort, kind, adapter = 'classic'] = process.argv.slice(2);

async function connection() {
    if (kind === 'ioredis') {
        // its look whether Redis is ready may come after the adapter has subscribed, and then ends the process
        const connection = new Redis({ port: +redisPort, retryStrategy: () => 50, enableReadyCheck: false });
        connection.on('error', () => {});
        return connection;
    }
    const connection = createClient({
        url: `redis://127.0.0.1:${redisPort}`,
        socket: { reconnectStrategy: () => 50 },
    });
    connection.on('error', () => {});
    await connection.connect();
    return connection;
}

const pub = await connection();
const http = createServer();
const adapters = {
    classic: async () => createAdapter(pub, await connection()),
    sharded: async () => createShardedAdapter(pub, await connection()),
    static: async () => createShardedAdapter(pub, await connection(), { subscriptionMode: 'static' }),
    streams: async () => createStreamsAdapter(pub),
    recovery: async () => createStreamsAdapter(pub),
};
const io = new Server(http, {
    adapter: await adapters[adapter](),
    connectionStateRecovery: adapter === 'recovery' ? { maxDisconnectionDuration: 60_000 } : undefined,
});
const emitter = new Emitter(pub);
const told = [];
const namespaces = [io.of('/'), io.of('/chat')];
for (const namespace of namespaces) {
    namespace.on('connection', (socket) => {
        socket.data.name = socket.handshake.auth.name;
        (socket.handshake.auth.rooms ?? []).forEach((room) => socket.join(room));
    });
}
io.on('cache:drop', (event, ack) => {
    told.push(event);
    ack?.(event.prefix.length);
});
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${http.address().port}`;

// clients by name, with all that they heard
const clients = {};
async function connect(name, url = address, auth = {}, namespace = '') {
    const socket = client(url + namespace, {
        auth: { name, ...auth },
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
    });
    const events = [];
    const changes = new EventEmitter();
    const note = (event) => {
        events.push(event);
        changes.emit('event');
    };
    socket.onAny((...args) => {
        const ack = typeof args.at(-1) === 'function' ? args.pop() : null;
        note(args.map((arg) => (Buffer.isBuffer(arg) ? { bytes: [...arg] } : arg)));
        ack?.(`${name} answers`, 'and more');
    });
    socket.on('disconnect', (reason) => note(['disconnect', reason]));
    await new Promise((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
    clients[name] = { socket, events, changes };
    return socket.id;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// waits for the events of a client until they are as wanted; after ten seconds the caller compares what there is
async function until(name, areWanted) {
    const { events, changes } = clients[name];
    const signal = AbortSignal.timeout(10_000);
    try {
        while (!areWanted(events)) await once(changes, 'event', { signal });
    } catch (error) {
        if (!signal.aborted) throw error;
    }
}

// waits until a client has heard so many events, and takes them
async function heard(name, count) {
    await until(name, (events) => events.length >= count);
    return clients[name].events.splice(0);
}

// all that a client hears before the event `end`
// what a client heard up to so many events `end`
async function upToEnd(name, ends = 1) {
    const { events } = clients[name];
    const isEnd = ([event]) => event === 'end';
    await until(name, (events) => events.filter(isEnd).length >= ends);
    let left = ends;
    const last = events.findIndex((event) => isEnd(event) && --left === 0);
    return events.splice(0, last + 1).filter((event) => !isEnd(event));
}

// cuts a client off, as a broken line does
async function cut(name) {
    clients[name].socket.io.engine.close();
    await gone(name);
}

// waits until a client knows that it is cut off
async function gone(name) {
    await until(name, (events) => events.some(([event]) => event === 'disconnect'));
    const { events } = clients[name];
    events.splice(events.findIndex(([event]) => event === 'disconnect'), 1);
}

// connects a client again, to any server: was its socket recovered, and what is its id?
async function back(name, url) {
    const { socket } = clients[name];
    socket.io.uri = url;
    const connected = once(socket, 'connect', { signal: AbortSignal.timeout(10_000) });
    socket.connect();
    await connected;
    return [socket.recovered, socket.id];
}

// an offset is the last argument
const withoutOffsets = (events) =>
    events.map((event) => (/^\d+-\d+$/.test(event.at(-1)) ? event.slice(0, -1) : event));

const AsyncFunction = (async () => {}).constructor;
const scope = { io, emitter, connect, cut, gone, back, withoutOffsets, heard, upToEnd, until, clients, told, sleep, address, Buffer, pub };
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
