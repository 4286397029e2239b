// Holds the first load of a built page to its budget: what index.html names, and the largest catalogue of texts, of which
// one is loaded. usage: check-size.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
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
const sizeOf = (name) => gzipSync(readFileSync(`${folder}/${name}`), { level: 9 }).length;
const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
const texts = readdirSync(`${folder}/assets`).filter((name) => /^(en|de)-[^.]+\.js$/.test(name));
const size = ['index.html', ...files].reduce((sum, name) => sum + sizeOf(name), 0) + Math.max(...texts.map((name) => sizeOf(`assets/${name}`)));
console.log(`first load: ${size} bytes compressed, of ${budget}`);
process.exit(files.length > 0 && texts.length === 2 && size <= budget ? 0 : 1);
