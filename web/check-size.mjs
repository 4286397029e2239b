// Holds the first load of a built page to its budget. usage: check-size.mjs FOLDER
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 300_000;
const folder = process.argv[2];
let html;
try {
  html = readFileSync(`${folder}/index.html`, 'utf8');
} catch {
  console.log('no built page, so no size');
  process.exit(0);
}
const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
const size = ['index.html', ...files].reduce((sum, name) => sum + gzipSync(readFileSync(`${folder}/${name}`), { level: 9 }).length, 0);
console.log(`first load: ${size} bytes compressed, of ${budget}`);
process.exit(files.length > 0 && size <= budget ? 0 : 1);
