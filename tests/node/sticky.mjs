// Official clients behind a load balancer, driven by lines of JSON as `cluster.mjs` is.
//
//   node sticky.mjs
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const clients = [];
const problems = [];

// opens clients, one after another as people come, and returns when all of them are connected
async function open(url, count, options) {
    const opened = Array.from({ length: count }, () => {
        const client = io(url, {
            forceNew: true,
            withCredentials: true,
            reconnectionDelay: 20,
            reconnectionDelayMax: 200,
            ...options,
        });
        client.disconnects = 0;
        client.on('disconnect', () => client.disconnects++);
        client.on('connect_error', (error) => problems.push(error.message));
        return client;
    });
    clients.push(...opened);
    await Promise.all(opened.map(connected));
}

function connected(client) {
    return client.connected || new Promise((resolve) => client.once('connect', resolve));
}

// which node each client is at; one that is between two connections asks again
async function where() {
    return Promise.all(
        clients.map(async (client) => {
            for (;;) {
                await connected(client);
                try {
                    return await client.timeout(5000).emitWithAck('where');
                } catch (error) {
                    if (client.connected) throw error;
                }
            }
        }),
    );
}

const transports = () => clients.map((client) => client.io.engine.transport.name);
const disconnects = () => clients.reduce((sum, client) => sum + client.disconnects, 0);

const AsyncFunction = (async () => {}).constructor;
const scope = { open, where, transports, disconnects, clients, problems };
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
