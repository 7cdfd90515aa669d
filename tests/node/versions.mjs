// Official clients of several versions: `node versions.mjs URL VERSION[,VERSION]`, with the aliases of package.json.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { everything } from "./steps.mjs";

const [url, versions] = process.argv.slice(2);
const require = createRequire(import.meta.url);

for (const version of versions.split(",")) {
  const name = version === "4.8" ? "socket.io-client" : `socket.io-client-${version}`;
  const { io } = require(name);
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    assert.equal(await everything(io, url, transports), transports.at(-1), `${version} ${transports}`);
    console.log(`${version} ${transports.join("+")}`);
  }
}
process.exit(0);
