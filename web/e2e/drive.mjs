// Drives the page in Debian's Chromium as a person would, and prints what came of it as JSON.
// usage: node drive.mjs FLOW   with REPRISE_URL, REPRISE_TOKEN, and what the flow asks for, in the environment.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { placesFlows } from './places-flows.mjs';

const { REPRISE_URL: url, REPRISE_TOKEN: token } = process.env;
const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const elsewhere = [];
const complaints = [];

async function newPage(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on('request', (request) => !request.url().startsWith(url) && !/^(data|blob):/.test(request.url()) && elsewhere.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return page;
}

export async function signIn(page, secret = token) {
  await page.goto(url);
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

async function walkDialog(page, { mode, name, within }) {
  await within.getByRole('button', { name: /^Restore/ }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: mode }).click();
  if (name) await dialog.getByLabel('Environment name').fill(name);
  const issues = await findings(page);
  for (const expected of ['safety backup', 'data of|goes back']) {
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByText(new RegExp(expected)).first().waitFor();
  }
  await dialog.getByRole('button', { name: 'Next' }).click();
  const submit = dialog.locator('button[type=submit]');
  if (await submit.isEnabled()) throw new Error('the last button works without RESTORE');
  await dialog.getByLabel('Type RESTORE to confirm').fill('RESTORE');
  await submit.click();
  await page.getByText('Restore operation queued successfully').waitFor();
  await page.getByRole('link', { name: 'Watch' }).click();
  await page.waitForURL(/\/restores\//);
  return issues;
}

async function signedIn(browser) {
  const page = await newPage(browser);
  await signIn(page);
  await page.getByRole('navigation').waitFor();
  return page;
}

const flows = {
  ...placesFlows({ url, newPage, signedIn, findings }),

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

  // From the backups tab of an environment to its restored data, with a reload and a second window in the middle.
  async original(browser) {
    const page = await newPage(browser);
    await signIn(page);
    await page.goto(`${url}/environments/${process.env.ENVIRONMENT}`);
    const issues = await walkDialog(page, { mode: /Original Environment/, within: page.getByRole('table') });
    await page.reload();
    const second = await page.context().newPage();
    await second.addInitScript((secret) => sessionStorage.setItem('reprise.token', secret), token);
    await second.goto(page.url());
    for (const one of [page, second]) await one.getByRole('region', { name: 'Restored' }).waitFor({ timeout: 400_000 });
    issues.push(...(await findings(page)));
    return { issues, id: page.url().split('/').pop(), card: await page.getByRole('region', { name: 'Restored' }).innerText() };
  },

  async undo(browser) {
    const page = await newPage(browser);
    await signIn(page);
    await page.goto(`${url}/restores/${process.env.RESTORE}`);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByText('the previous state is live again').waitFor({ timeout: 180_000 });
    return { issues: await findings(page) };
  },

  async fresh(browser) {
    const page = await newPage(browser);
    await signIn(page);
    await page.goto(`${url}/backups`);
    const issues = await walkDialog(page, { mode: /New Environment/, name: process.env.NAME, within: page.getByRole('table') });
    await page.locator('.card').filter({ hasText: /Restored in|not touched|taken away/ }).waitFor({ timeout: 400_000 });
    return { issues, card: await page.locator('.card').first().innerText() };
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

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true });
try {
  const answer = await flows[process.argv[2]](browser);
  console.log(JSON.stringify({ ...answer, elsewhere, complaints }));
} finally {
  await browser.close();
}
