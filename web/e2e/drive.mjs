// Drives the page in Debian's Chromium as a person would, and prints what came of it as JSON.
// usage: node drive.mjs FLOW   with REPRISE_URL, REPRISE_TOKEN, and what the flow asks for, in the environment.
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { chromium } from 'playwright-core';
import { join } from './join.mjs';
import { placesFlows } from './places-flows.mjs';
import { rescueFlows } from './rescue-flows.mjs';
import { restoreFlows } from './restore-flows.mjs';
import { snapshotFlows } from './snapshot-flows.mjs';

const { REPRISE_URL: url, REPRISE_TOKEN: token } = process.env;
const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const elsewhere = [];
const complaints = [];
const lines = []; // other addresses of the same server

async function newPage(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(120_000); // for slow machines
  const page = await context.newPage();
  page.on('request', (request) => ![url, ...lines].some((own) => request.url().startsWith(own)) && !/^(data|blob):/.test(request.url()) && elsewhere.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return page;
}

export async function signIn(page, secret = token, at = url) {
  await page.goto(at);
  await page.getByText('Token', { exact: true }).first().click();
  await page.getByRole('textbox', { name: 'Token' }).fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

// Serious findings of axe. It is run by the debugger, so that the page's own policy stays as it is.
async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${page.url()}: ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`);
}

// A line to the server that can be cut in the middle of a stream, and mended.
async function line() {
  const sockets = new Set();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return near.destroy();
    const far = connect(Number(new URL(url).port), new URL(url).hostname);
    join(near, far);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const address = `http://127.0.0.1:${server.address().port}`;
  lines.push(address);
  const drop = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: address,
    cut() {
      whole = false;
      drop();
    },
    mend() {
      whole = true;
    },
    close() {
      server.close();
      drop();
    },
  };
}

async function signedIn(browser, at = url) {
  const page = await newPage(browser);
  await signIn(page, token, at);
  await page.getByRole('navigation').waitFor();
  return page;
}

const flows = {
  ...placesFlows({ url, newPage, signedIn, findings }),
  ...rescueFlows({ url, signedIn, findings }),
  ...restoreFlows({ url, token, newPage, signedIn, findings, line }),
  ...snapshotFlows({ url, signedIn, findings }),

  // Every page, signed in by token: nothing serious, nothing from elsewhere, nothing that the policy refuses.
  async pages(browser) {
    const page = await newPage(browser);
    await signIn(page);
    await page.getByRole('navigation').waitFor();
    const issues = [];
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const path of (process.env.PATHS ?? '/ /environments /backups /activity /servers /settings').split(' ')) {
        await page.goto(url + path);
        await page.locator('h1, .empty, main [role=alert]').first().waitFor();
        await page.waitForLoadState('load');
        issues.push(...(await findings(page)));
      }
    }
    return { issues };
  },

  async shots(browser) {
    const folder = process.env.FOLDER;
    for (const [kind, options] of [
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['phone', { colorScheme: 'light', viewport: { width: 390, height: 780 } }],
    ]) {
      const page = await newPage(browser, options);
      await page.goto(url);
      await page.getByRole('heading').waitFor();
      await page.screenshot({ path: `${folder}/page-sign-in-${kind}.png` });
      await signIn(page);
      await page.locator('main').waitFor();
      for (const pair of process.env.SHOTS.split(' ')) {
        const [name, path] = pair.split('=');
        await page.goto(url + path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForTimeout(1200);
        await page.screenshot({ path: `${folder}/page-${name}-${kind}.png` });
      }
      await page.goto(`${url}/backups`);
      await page.getByRole('button', { name: /^Restore/ }).first().click();
      await page.waitForTimeout(600);
      await page.screenshot({ path: `${folder}/page-dialog-${kind}.png` });
    }
    return { issues: [] };
  },
};

// Alone in a network (alone.mjs), the server's address leads through the door.
const { REPRISE_DOOR: door } = process.env;
const entrance = door && createServer((near) => join(near, connect(door)));
if (entrance) await new Promise((ready) => entrance.listen(Number(new URL(url).port), new URL(url).hostname, ready));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, timeout: 120_000 });
try {
  const answer = await flows[process.argv[2]](browser);
  // That a cut line is complained of is as it should be.
  const told = complaints.filter((text) => lines.length === 0 || !text.includes('net::ERR_'));
  console.log(JSON.stringify({ ...answer, elsewhere, complaints: told }));
} finally {
  await browser.close();
  entrance?.close();
}
