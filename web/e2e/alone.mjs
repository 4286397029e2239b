// Runs drive.mjs in a network of its own, which holds nothing but a way to the server: Chromium breaks off its requests
// (ERR_NETWORK_CHANGED) when the machine's addresses change, and each container that starts or ends beside it changes them.
// usage: node alone.mjs FLOW   as drive.mjs
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from './join.mjs';

const { hostname, port } = new URL(process.env.REPRISE_URL);
const folder = mkdtempSync(`${tmpdir()}/reprise-drive-`);
const door = `${folder}/door`; // a socket in the file system is seen from every network
const outside = createServer((near) => join(near, connect(Number(port), hostname)));
await new Promise((ready) => outside.listen(door, ready));

const network = process.getuid() === 0 ? ['--net'] : ['--net', '--map-root-user'];
const flow = [process.execPath, fileURLToPath(new URL('drive.mjs', import.meta.url)), ...process.argv.slice(2)];
const inside = spawn('unshare', [...network, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...flow], {
  stdio: 'inherit',
  env: { ...process.env, REPRISE_DOOR: door },
});
const code = await new Promise((ended) => inside.on('close', (value) => ended(value ?? 1)));
rmSync(folder, { recursive: true });
process.exit(code);
