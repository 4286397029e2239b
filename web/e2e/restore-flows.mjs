// What a person does about restores and backups. Each flow answers with what the page said; drive.mjs runs them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const patience = 400_000;

// Waits until the dialog's plan says `words`. On a busy machine it may take longer than the server gives it.
export async function awaitPlan(dialog, words = /checks? passed/) {
  const planned = dialog.getByText(words);
  const again = dialog.getByRole('button', { name: 'Try again' });
  for (let tries = 0; tries < 5; ++tries) {
    await planned.or(again).first().waitFor({ timeout: 240_000 });
    if (await planned.isVisible()) break;
    await again.click();
    await again.waitFor({ state: 'hidden' });
  }
}

// From a backup's button to the page of its restore, with everything looked at on the way.
async function walkDialog(kit, page, { mode, name, environment, server, backup, later, mask }) {
  const table = page.getByRole('table', { name: 'Backups' });
  await table.getByRole('button', { name: backup ? `Restore: ${backup}` : /^Restore: / }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Restore backup' });
  const next = dialog.getByRole('button', { name: 'Next' });
  await dialog.getByRole('radio', { name: mode }).click();
  if (name) await dialog.getByLabel('Environment name').fill(name);
  if (environment) await dialog.getByRole('radio', { name: environment }).click();
  if (server) await dialog.getByRole('radiogroup', { name: 'Server' }).getByRole('radio', { name: server }).click();
  if (name) await dialog.getByText(/\d CPU/).first().waitFor();
  const where = await dialog.innerText();
  const issues = await kit.findings(page);
  await next.click();
  const safety = dialog.getByRole('switch', { name: 'Create safety backup first' });
  await safety.waitFor();
  if (await safety.isEnabled()) {
    await safety.setChecked(false);
    await dialog.getByText('Not recommended').waitFor();
    await safety.setChecked(true);
  }
  if (mask) {
    await dialog.getByText('Mask', { exact: true }).click();
    for (const group of ['Contacts', 'Users', 'Messages', 'Attachments']) await dialog.getByLabel(group, { exact: true }).setChecked(mask.includes(group));
    issues.push(...(await kit.findings(page)));
  }
  if (later) await dialog.getByText('At a time').click();
  await next.click();
  await awaitPlan(dialog);
  const plan = await dialog.innerText();
  issues.push(...(await kit.findings(page)));
  await next.click();
  const submit = dialog.locator('button[type=submit]');
  const word = dialog.getByLabel('Type RESTORE to confirm');
  await word.fill('restore');
  if (await submit.isEnabled()) throw new Error('the last button works without RESTORE');
  await word.fill('RESTORE');
  const summary = await dialog.innerText();
  await submit.click();
  await page.getByText('Restore operation queued successfully').waitFor();
  await page.getByRole('link', { name: 'Watch' }).click();
  await page.waitForURL(/\/restores\//);
  return { issues, where, plan, summary, id: page.url().split('/').pop() };
}

const done = (page) => page.getByRole('region', { name: 'Restored' });

// The titles of the tab until the restore has ended well: they carry the percent.
async function watch(page) {
  const titles = new Set();
  const end = done(page).waitFor({ timeout: patience }).then(() => true);
  while (!(await Promise.race([end, page.waitForTimeout(200).then(() => false)]))) titles.add(await page.title());
  await page.getByRole('img', { name: /bytes|\d.*\/s/ }).first().waitFor();
  return [...titles];
}

export const restoreFlows = (kit) => ({
  // From the backups tab of an environment to its restored data, with a reload, a broken line and a second window in the
  // middle.
  async original(browser) {
    const line = await kit.line();
    const page = await kit.signedIn(browser, line.url);
    await page.goto(`${line.url}/environments/${process.env.ENVIRONMENT}`);
    const walked = await walkDialog(kit, page, { mode: /Original Environment/, backup: process.env.BACKUP });
    await page.reload();
    await page.getByText('Elapsed').waitFor();
    line.cut();
    await page.getByText('The connection was lost; the restore goes on.').waitFor();
    line.mend();
    await page.getByText('The connection was lost').waitFor({ state: 'hidden' });
    const second = await page.context().newPage();
    await second.addInitScript((secret) => sessionStorage.setItem('reprise.token', secret), kit.token);
    await second.goto(page.url());
    const [titles] = await Promise.all([watch(page), watch(second)]);
    walked.issues.push(...(await kit.findings(page)));
    // What the live view showed is there again after a reload: the events are told from the beginning.
    await page.reload();
    await page.getByRole('img', { name: /average/ }).waitFor();
    await page.locator('.step-log').first().waitFor();
    line.close();
    return { ...walked, titles, card: await done(page).innerText(), steps: await page.locator('.steps').innerText() };
  },

  async undo(browser) {
    const page = await kit.signedIn(browser);
    await page.goto(`${kit.url}/restores/${process.env.RESTORE}`);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByText('the previous state is live again').waitFor({ timeout: 180_000 });
    return { issues: await kit.findings(page) };
  },

  // Any other mode, from the list of all backups.
  async restore(browser) {
    const { MODE, NAME, TARGET, SERVER, BACKUP, MASK } = process.env;
    const page = await kit.signedIn(browser);
    await page.goto(`${kit.url}/backups`);
    const choice = { mode: new RegExp(MODE), name: NAME, backup: BACKUP, environment: TARGET && new RegExp(TARGET), server: SERVER && new RegExp(SERVER), mask: MASK?.split(' ') };
    const walked = await walkDialog(kit, page, choice);
    const titles = await watch(page);
    return { ...walked, titles, card: await done(page).innerText() };
  },

  // One that is to begin later is cancelled before that.
  async cancelled(browser) {
    const page = await kit.signedIn(browser);
    await page.goto(`${kit.url}/backups`);
    const walked = await walkDialog(kit, page, { mode: /Original Environment/, backup: process.env.BACKUP, later: true });
    const waiting = await page.getByText(/^Waiting until/).innerText();
    await page.getByRole('button', { name: 'Cancel restore' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel restore' }).click();
    await page.getByRole('heading', { name: /^Cancelled/ }).waitFor();
    return { ...walked, waiting };
  },

  // A plan that speaks against the restore: the dialog says why and goes no further.
  async blocked(browser) {
    const page = await kit.signedIn(browser);
    await page.goto(`${kit.url}/backups`);
    await page.getByRole('button', { name: `Restore: ${process.env.BACKUP}` }).click();
    const dialog = page.getByRole('dialog', { name: 'Restore backup' });
    await dialog.getByRole('radio', { name: /Original Environment/ }).click();
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByRole('button', { name: 'Next' }).click();
    await awaitPlan(dialog, 'This restore cannot run');
    const goesOn = await dialog.getByRole('button', { name: 'Next' }).isEnabled();
    const issues = await kit.findings(page);
    const said = await dialog.innerText();
    await page.keyboard.press('Escape');
    await dialog.getByText('Leave without restoring?').waitFor();
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await dialog.waitFor({ state: 'hidden' });
    return { issues, goesOn, said };
  },

  // A restore that has failed, as one reads it.
  async failed(browser) {
    const page = await kit.signedIn(browser);
    await page.goto(`${kit.url}/restores/${process.env.RESTORE}`);
    const card = page.getByRole('alert').filter({ has: page.getByRole('heading') });
    await card.waitFor();
    await page.getByRole('button', { name: /Restore again|Choose another/ }).first().waitFor();
    const said = await card.innerText();
    await card.locator('summary').click();
    const log = await card.locator('details pre').innerText();
    const issues = await kit.findings(page);
    await page.getByRole('button', { name: 'Restore again' }).click();
    const chosen = await page.getByRole('dialog').getByRole('radio', { checked: true }).first().innerText();
    return { issues, said, log, chosen };
  },

  // Somebody of another organization: what is not theirs does not exist.
  async stranger(browser) {
    const page = await kit.newPage(browser);
    await page.goto(kit.url);
    await page.getByLabel('Email').fill(process.env.EMAIL);
    await page.locator('input[type=password]').fill(process.env.PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Choose a password of your own').waitFor();
    await page.locator('input[type=password]').first().fill(process.env.PASSWORD);
    await page.locator('input[type=password]').last().fill('a long password of my own');
    await page.locator('button[type=submit]').click();
    await page.getByRole('navigation').waitFor();
    const seen = {};
    const issues = [];
    for (const path of process.env.PATHS.split(' ')) {
      await page.goto(kit.url + path);
      await page.locator('main .empty, main [role=alert]').first().waitFor();
      seen[path] = await page.locator('main').innerText();
      issues.push(...(await kit.findings(page)));
    }
    return { issues, seen };
  },

  // Create, keep, download, drop onto the page, and delete by name.
  async backups(browser) {
    const { ENVIRONMENT, NAME } = process.env;
    const page = await kit.signedIn(browser);
    const row = (name) => page.getByRole('row').filter({ hasText: name });
    const choose = async (name, action) => {
      await page.getByRole('button', { name: `More actions: ${name}` }).click();
      await page.getByRole('menuitem', { name: action }).click();
    };
    await page.goto(`${kit.url}/environments/${ENVIRONMENT}`);
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill(NAME);
    await page.getByRole('dialog').getByRole('button', { name: 'Back up now' }).click();
    await row(NAME).getByText('Verified').waitFor({ timeout: patience });
    await choose(NAME, 'Keep forever');
    await row(NAME).getByText('Kept forever').waitFor();
    await choose(NAME, 'No longer keep forever');
    await row(NAME).getByText('Kept forever').waitFor({ state: 'hidden' });

    const begun = page.waitForEvent('download');
    await choose(NAME, 'Download');
    const file = readFileSync(await (await begun).path());
    const saved = { name: (await begun).suggestedFilename(), size: file.length, sha256: createHash('sha256').update(file).digest('hex') };

    await page.goto(`${kit.url}/backups`);
    await row(NAME).waitFor();
    const enter = async () => {
      const held = await page.evaluateHandle((base64) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'dropped.zip', { lastModified: 7 }));
        return transfer;
      }, file.toString('base64'));
      await page.dispatchEvent('body', 'dragenter', { dataTransfer: held });
      return held;
    };
    // The server is away, and the page is left; the same file goes on with what was begun.
    let isDown = true;
    await page.route('**/api/v1/backups/uploads/*', (route) =>
      isDown && route.request().method() === 'PATCH' ? route.fulfill({ status: 503, body: 'nobody is there' }) : route.continue(),
    );
    const first = await enter();
    await page.getByText('Drop to import').waitFor();
    await page.dispatchEvent('body', 'drop', { dataTransfer: first });
    await page.getByRole('dialog').getByText('Connection lost, trying again…').waitFor();
    await page.reload();
    await row(NAME).waitFor();
    await page.getByRole('button', { name: 'Import', exact: false }).first().click();
    await page.getByText('dropped.zip was begun').waitFor();
    const again = await enter();
    await page.dispatchEvent('body', 'drop', { dataTransfer: again });
    await page.getByRole('dialog').getByText('Connection lost, trying again…').waitFor();
    isDown = false;
    await page.getByText('Uploaded; it is being read and proven').waitFor({ timeout: 180_000 });
    await row('dropped.zip').getByText('Verified').waitFor({ timeout: patience });

    await choose('dropped.zip', 'Delete');
    const dialog = page.getByRole('dialog', { name: 'Delete this backup?' });
    const submit = dialog.locator('button[type=submit]');
    await dialog.getByLabel(/^Type/).fill('dropped');
    if (await submit.isEnabled()) throw new Error('a backup is deleted without its name');
    await dialog.getByLabel(/^Type/).fill('dropped.zip');
    const issues = await kit.findings(page);
    await submit.click();
    await row('dropped.zip').waitFor({ state: 'hidden' });
    return { issues, saved };
  },

  // A long list, scrolled through as fast as a wheel turns, then to its end at once.
  async many(browser) {
    const page = await kit.signedIn(browser);
    await page.getByRole('navigation').waitFor();
    const asked = [];
    page.on('request', (request) => request.url().includes('/api/v1/backups?') && asked.push(request.url()));
    await page.goto(`${kit.url}/backups`);
    await page.getByRole('row').nth(5).waitFor();
    await page.waitForTimeout(1000);
    // By the time that the page's thread worked, whatever else the machine does.
    const debug = await page.context().newCDPSession(page);
    await debug.send('Performance.enable', { timeDomain: 'threadTicks' });
    const worked = async () => (await debug.send('Performance.getMetrics')).metrics.find((one) => one.name === 'TaskDuration').value * 1000;
    const before = await worked();
    const scrolled = await page.evaluate(async () => {
      const tasks = [];
      const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
      observer.observe({ entryTypes: ['longtask'] });
      const frames = [];
      let most = 0;
      let last = await new Promise(requestAnimationFrame);
      for (let frame = 0; frame < 240; ++frame) {
        window.scrollBy(0, 160);
        const now = await new Promise(requestAnimationFrame);
        frames.push(now - last);
        last = now;
        most = Math.max(most, document.querySelectorAll('.grid-row').length);
      }
      observer.disconnect();
      frames.sort((a, b) => a - b);
      return { p50: frames[120], p95: frames[228], worst: frames.at(-1), longTasks: tasks.map(Math.round), mostRows: most, reached: window.scrollY };
    });
    const workPerFrame = ((await worked()) - before) / 240;
    const began = Date.now();
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    await page.locator(`[aria-rowindex="${process.env.TOTAL}"] .row-name`).waitFor();
    const toTheEnd = Date.now() - began;
    return { issues: await kit.findings(page), scrolled, workPerFrame, toTheEnd, asked: asked.length, last: await page.locator(`[aria-rowindex="${process.env.TOTAL}"]`).innerText() };
  },

  // How long until a person can do something: from nothing to the list of environments, signed in, nothing cached.
  async start(browser) {
    const times = [];
    // The best of the tries of five minutes: what else the machine has to do may keep it busy for one.
    const until = Date.now() + 300_000;
    while (Date.now() < until && !(Math.min(...times) <= 1500)) {
      if (times.length >= 3) await new Promise((on) => setTimeout(on, 1000));
      const page = await kit.newPage(browser);
      await page.addInitScript((secret) => sessionStorage.setItem('reprise.token', secret), kit.token);
      const began = Date.now();
      await page.goto(kit.url, { waitUntil: 'commit' });
      await page.getByRole('link', { name: 'Environments' }).waitFor();
      times.push(Date.now() - began);
      await page.context().close();
    }
    return { issues: [], times };
  },
});
