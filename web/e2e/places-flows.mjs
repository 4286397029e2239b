// What a person does at the places beside restore and backups. Each flow ends as it began.
import { createHmac } from 'node:crypto';
import { awaitPlan } from './restore-flows.mjs';

// A code of RFC 6238, as an authenticator makes it from a base32 secret.
function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/[= ]/g, '')].map((one) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export function placesFlows({ url, newPage, signedIn, findings }) {
  const dialogOf = (page) => page.getByRole('dialog').last();
  const rowOf = (page, text) => page.getByRole('row').filter({ hasText: text });

  async function open(page, path) {
    await page.goto(url + path);
    await page.locator('h1, main [role=alert]').first().waitFor();
    // All of them: several parts of a page may still be loading.
    await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
  }
  async function choose(page, label, option) {
    await dialogOf(page).getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  }
  async function more(page, name, action) {
    await page.getByRole('button', { name: `More actions: ${name}` }).click();
    await page.getByRole('menuitem', { name: action, exact: true }).click();
    await page.getByRole('menu').waitFor({ state: 'detached' });
  }
  async function confirm(page, action) {
    await dialogOf(page).getByRole('button', { name: action, exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  const gone = (page, text) => rowOf(page, text).waitFor({ state: 'detached' });

  async function byPassword(page, { EMAIL, SECRET }) {
    await page.goto(url);
    await page.getByLabel('Email').fill(EMAIL);
    await page.getByRole('textbox', { name: 'Password' }).fill(SECRET);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  // The one secret of the page, which is shown once.
  async function secretOf(page) {
    const dialog = dialogOf(page);
    const secret = (await dialog.locator('.secret').innerText()).trim();
    await dialog.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByText(secret).waitFor({ state: 'detached' });
    return secret;
  }

  return {
    // Every place in both schemes, and its forms: nothing serious, and nothing wider than a phone.
    async places(browser) {
      const page = await signedIn(browser);
      const issues = [];
      const paths = process.env.PATHS.split(' ');
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme });
        for (const path of paths) {
          await open(page, path);
          issues.push(...(await findings(page)));
        }
        for (const [path, button] of [['/storage', 'Add storage'], ['/schedules', 'New schedule'], ['/servers', 'Add server'], ['/people', 'Add a person'], ['/environments', 'Adopt containers']]) {
          await open(page, path);
          await page.getByRole('button', { name: button }).first().click();
          await dialogOf(page).getByRole('textbox').first().waitFor();
          issues.push(...(await findings(page)));
        }
      }
      await page.setViewportSize({ width: 360, height: 740 });
      for (const path of paths) {
        await open(page, path);
        const over = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
        if (over > 0) issues.push(`${path} is ${over} px wider than a phone`);
      }
      return { issues };
    },

    async storage(browser) {
      const page = await signedIn(browser);
      await open(page, '/storage');
      await page.getByRole('button', { name: 'Add storage' }).click();
      await dialogOf(page).getByLabel('Name').fill('From the page');
      await dialogOf(page).getByRole('button', { name: 'Add storage' }).click();
      const faulted = dialogOf(page).locator('[aria-invalid=true]');
      await faulted.first().waitFor();
      const faults = await dialogOf(page).locator('.mantine-InputWrapper-error').allInnerTexts();
      const focused = await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true', null, { timeout: 60_000 }).then(() => true, () => false);
      await choose(page, 'Kind', 'Folder of the server');
      await dialogOf(page).getByLabel('Folder').fill(process.env.STORE);
      await dialogOf(page).getByRole('button', { name: 'Add storage' }).click();
      await rowOf(page, 'From the page').waitFor();
      await page.getByRole('button', { name: 'Test: From the page' }).click();
      await page.getByText('Everything that backups need works.').waitFor();
      const issues = await findings(page);
      await page.keyboard.press('Escape');
      await more(page, 'From the page', 'Change');
      await dialogOf(page).getByLabel('Name').fill('Named anew');
      await dialogOf(page).getByRole('button', { name: 'Save' }).click();
      await rowOf(page, 'Named anew').waitFor();
      await more(page, 'Named anew', 'Remove');
      await confirm(page, 'Remove');
      await gone(page, 'Named anew');
      return { issues, faults, focused };
    },

    async schedules(browser) {
      const page = await newPage(browser, { timezoneId: 'America/New_York' });
      await page.addInitScript((secret) => sessionStorage.setItem('reprise.token', secret), process.env.REPRISE_TOKEN);
      await open(page, '/schedules');
      await page.getByRole('button', { name: 'New schedule' }).first().click();
      await choose(page, 'When', 'Something else');
      const cron = dialogOf(page).getByLabel('Cron expression');
      await cron.fill('99 2 * * *');
      await dialogOf(page).getByRole('button', { name: 'New schedule' }).click();
      await dialogOf(page).locator('[aria-invalid=true]').waitFor();
      const faults = await dialogOf(page).locator('.mantine-InputWrapper-error').allInnerTexts();
      await cron.fill('15 2 * * 1-5');
      await dialogOf(page).getByRole('combobox', { name: 'Time zone' }).fill('Asia/Tokyo');
      await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
      await dialogOf(page).getByLabel('Name').fill('By the clock of Tokyo');
      await page.getByText('02:15').first().waitFor();
      const meaning = await page.locator('.meaning').innerText();
      await dialogOf(page).getByRole('button', { name: 'New schedule' }).click();
      const row = rowOf(page, 'By the clock of Tokyo');
      const next = await row.locator('time').first().innerText();
      await more(page, 'By the clock of Tokyo', 'Runs');
      await dialogOf(page).getByText('It has not run yet.').waitFor();
      const issues = await findings(page);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await row.getByRole('switch').click({ force: true });
      await row.getByText('Off').waitFor();
      await open(page, '/schedules?tab=retention');
      await page.getByLabel('Days', { exact: true }).fill('9');
      await page.getByRole('button', { name: 'Set the policy' }).click();
      await page.getByText('This environment’s own policy').waitFor();
      await page.getByRole('button', { name: 'Go back to the wider policy' }).click();
      await page.getByText('The usual policy').waitFor();
      await open(page, '/schedules');
      await more(page, 'By the clock of Tokyo', 'Delete');
      await confirm(page, 'Delete');
      await gone(page, 'By the clock of Tokyo');
      return { issues, faults, meaning, next };
    },

    async people(browser) {
      const page = await signedIn(browser);
      const email = process.env.EMAIL;
      await open(page, '/people');
      await page.getByRole('button', { name: 'Add a person' }).click();
      await dialogOf(page).getByLabel('Email').fill(email);
      await dialogOf(page).getByLabel('Name').fill('Pat Page');
      await choose(page, 'Role', 'Viewer');
      await dialogOf(page).getByRole('button', { name: 'Add a person' }).click();
      await dialogOf(page).locator('.secret').waitFor();
      const issues = await findings(page);
      const password = await secretOf(page);
      await rowOf(page, email).getByText('Viewer').waitFor();
      await more(page, 'Pat Page', 'Change the role');
      await choose(page, 'Role', 'Developer');
      await dialogOf(page).getByRole('button', { name: 'Save' }).click();
      await rowOf(page, email).getByText('Developer').waitFor();

      await page.getByRole('tab', { name: 'Projects' }).click();
      await page.getByRole('button', { name: 'New project' }).click();
      await dialogOf(page).getByLabel('Name').fill('Pages');
      await confirm(page, 'New project');
      await page.getByRole('tab', { name: 'Teams' }).click();
      await page.getByRole('button', { name: 'New team' }).first().click();
      await dialogOf(page).getByLabel('Name').fill('Page team');
      await confirm(page, 'New team');
      const team = page.getByRole('region', { name: 'Page team' });
      await team.getByRole('combobox', { name: 'Person' }).click();
      await page.getByRole('option', { name: 'Pat Page' }).click();
      await team.getByRole('button', { name: 'Take somebody in' }).click();
      await team.getByRole('button', { name: 'Take Pat Page out' }).waitFor();
      await team.getByRole('combobox', { name: 'Project' }).click();
      await page.getByRole('option', { name: 'Pages', exact: true }).click();
      await team.getByRole('button', { name: 'Give a project' }).click();
      await team.getByRole('button', { name: 'Take Pages away' }).waitFor();
      issues.push(...(await findings(page)));
      await team.getByRole('button', { name: 'Take Pages away' }).click();
      await team.getByRole('button', { name: 'Take Pages away' }).waitFor({ state: 'detached' });
      await more(page, 'Page team', 'Delete');
      await confirm(page, 'Delete');
      await team.waitFor({ state: 'detached' });

      await page.getByRole('tab', { name: 'Roles' }).click();
      await page.getByRole('button', { name: 'New role' }).first().click();
      await dialogOf(page).getByLabel('Name').fill('Page role');
      await dialogOf(page).getByLabel('project.backups.create').check();
      issues.push(...(await findings(page)));
      await confirm(page, 'New role');
      await rowOf(page, 'Page role').getByText('project.backups.create').waitFor();
      await more(page, 'Page role', 'Delete');
      await confirm(page, 'Delete');
      await page.getByText('The role Page role is deleted').waitFor();
      await page.getByRole('tab', { name: 'Exceptions' }).click();
      await page.getByRole('button', { name: 'New exception' }).first().click();
      await dialogOf(page).getByRole('combobox', { name: 'Person' }).click();
      await page.getByRole('option', { name: 'Pat Page' }).click();
      await choose(page, 'Permission', 'project.backups.download');
      issues.push(...(await findings(page)));
      await confirm(page, 'New exception');
      await rowOf(page, 'project.backups.download').getByText('Denied').waitFor();
      await more(page, 'Pat Page, project.backups.download', 'Delete');
      await confirm(page, 'Delete');
      await page.getByText('No exception for anybody').waitFor();
      await page.getByRole('tab', { name: 'Projects' }).click();
      await more(page, 'Pages', 'Delete');
      await confirm(page, 'Delete');
      await gone(page, 'Pages');
      return { issues, password };
    },

    // Made, shown at once, renamed, and deleted by typing its name.
    async organizations(browser) {
      const page = await signedIn(browser);
      await page.emulateMedia({ reducedMotion: 'reduce' }); // what is half faded in has too little contrast
      const act = async (action) => {
        await page.getByRole('button', { name: 'Organization', exact: true }).click();
        await page.getByRole('menuitem', { name: action, exact: true }).click();
      };
      await open(page, '/people?tab=projects');
      await act('New organization');
      await dialogOf(page).getByLabel('Name').fill('Of the page');
      await confirm(page, 'New organization');
      await act('Rename');
      const first = await dialogOf(page).getByLabel('Name').inputValue();
      await dialogOf(page).getByLabel('Name').fill('Named otherwise');
      await confirm(page, 'Save');
      await act('Delete');
      const issues = await findings(page);
      const early = await dialogOf(page).getByRole('button', { name: 'Delete' }).isEnabled();
      await dialogOf(page).getByLabel('Type Named otherwise to confirm').fill('Named otherwise');
      await confirm(page, 'Delete');
      await page.getByText('The organization Named otherwise is deleted').waitFor();
      return { issues, first, early };
    },

    // All tabs of an environment, which is looked after no more in the end.
    async environment(browser) {
      const page = await signedIn(browser);
      const { ENVIRONMENT: id, NAME: name } = process.env;
      const issues = [];
      const tabs = {};
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        for (const tab of ['backups', 'restores', 'points', 'schedule', 'settings']) {
          await open(page, `/environments/${id}?tab=${tab}`);
          await page.getByRole('tabpanel').waitFor();
          issues.push(...(await findings(page)));
          tabs[tab] = await page.getByRole('tabpanel').innerText();
        }
      }
      await page.setViewportSize({ width: 360, height: 740 });
      for (const tab of Object.keys(tabs)) {
        await open(page, `/environments/${id}?tab=${tab}`);
        const over = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
        if (over > 0) issues.push(`${tab} is ${over} px wider than a phone`);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
      await open(page, `/environments/${id}?tab=points`);
      await page.getByRole('button', { name: 'Take a snapshot' }).click();
      await dialogOf(page).getByLabel('Name').waitFor();
      issues.push(...(await findings(page)));
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await open(page, `/environments/${id}?tab=settings`);
      const most = page.getByLabel('How many are kept at most');
      await most.fill('5');
      await page.getByRole('switch', { name: 'Keep a snapshot of what each restore brings' }).setChecked(true, { force: true });
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('The snapshot settings are saved').waitFor();
      await open(page, `/environments/${id}?tab=settings`);
      const kept = await most.inputValue();
      await open(page, `/environments/${id}?tab=schedule`);
      await page.getByRole('button', { name: 'New schedule' }).click();
      await dialogOf(page).getByLabel('Name').fill('From its own tab');
      await confirm(page, 'New schedule');
      await rowOf(page, 'From its own tab').waitFor();
      await more(page, 'From its own tab', 'Delete');
      await confirm(page, 'Delete');
      await gone(page, 'From its own tab');
      await page.getByRole('tab', { name: 'Settings' }).click();
      await page.getByRole('button', { name: 'Look after it no more' }).click();
      const sure = dialogOf(page).getByRole('button', { name: 'Look after it no more' });
      const early = await sure.isEnabled();
      issues.push(...(await findings(page)));
      await dialogOf(page).getByLabel(`Type ${name} to confirm`).fill(name);
      await sure.click();
      await page.getByText(`${name} is not looked after any more`).waitFor();
      await page.waitForURL(/\/environments$/);
      return { issues, tabs, kept, early };
    },

    // Somebody new: has to choose a password, sees what the role lets them see, and turns on a second factor.
    async newcomer(browser) {
      const page = await newPage(browser);
      await byPassword(page, process.env);
      await page.getByText('Choose a password of your own').waitFor();
      await page.getByRole('textbox', { name: /^Present password/ }).fill(process.env.SECRET);
      await page.getByRole('textbox', { name: /^New password/ }).fill(process.env.PASSWORD);
      await page.getByRole('button', { name: 'Change password' }).click();
      await page.getByRole('navigation').waitFor();
      const offered = await page.getByRole('navigation').getByRole('listitem').allInnerTexts();
      const issues = [];
      await open(page, '/settings');
      const factor = page.locator('.panel').filter({ hasText: 'Second factor' });
      await factor.getByRole('textbox', { name: /^Password/ }).fill(process.env.PASSWORD);
      await factor.getByRole('button', { name: 'Turn on' }).click();
      const secret = await factor.locator('code').innerText();
      issues.push(...(await findings(page)));
      await factor.getByLabel('Code').fill(totp(secret));
      await factor.getByRole('button', { name: 'Turn on' }).click();
      const codes = (await secretOf(page)).split('\n');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Email').waitFor();
      await byPassword(page, { EMAIL: process.env.EMAIL, SECRET: process.env.PASSWORD });
      await page.getByLabel('Code of your second factor').fill(codes[0]);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('navigation').waitFor();
      await open(page, '/settings');
      await factor.getByText('On. Signing in').waitFor();
      await factor.getByRole('textbox', { name: /^Password/ }).fill(process.env.PASSWORD);
      await factor.getByRole('button', { name: 'Turn off' }).click();
      await factor.getByText('Off. With it').waitFor();

      await open(page, '/settings?tab=tokens');
      await page.getByRole('button', { name: 'New token' }).first().click();
      await dialogOf(page).getByLabel('What is it for?').fill('for the test');
      await dialogOf(page).getByRole('button', { name: 'New token' }).click();
      await dialogOf(page).locator('.secret').waitFor();
      issues.push(...(await findings(page)));
      const token = await secretOf(page);
      const works = (await fetch(`${url}/api/v1/auth/me`, { headers: { Authorization: `Bearer ${token}` } })).status;
      await more(page, 'for the test', 'Delete');
      await confirm(page, 'Delete');
      await gone(page, 'for the test');
      const afterwards = (await fetch(`${url}/api/v1/auth/me`, { headers: { Authorization: `Bearer ${token}` } })).status;
      return { issues, offered, codes: codes.length, works, afterwards };
    },

    async webhooks(browser) {
      const page = await signedIn(browser);
      await open(page, '/settings?tab=webhooks');
      await page.getByRole('button', { name: 'New webhook' }).first().click();
      await dialogOf(page).getByLabel('Name').fill('Page hook');
      await dialogOf(page).getByLabel('Address').fill('ftp://nowhere');
      await dialogOf(page).getByRole('button', { name: 'New webhook' }).click();
      await dialogOf(page).locator('[aria-invalid=true]').waitFor();
      const faults = await dialogOf(page).locator('.mantine-InputWrapper-error').allInnerTexts();
      await dialogOf(page).getByLabel('Address').fill('https://hooks.example/reprise');
      await dialogOf(page).getByRole('button', { name: 'New webhook' }).click();
      await dialogOf(page).locator('.secret').waitFor();
      const secret = await secretOf(page);
      await more(page, 'Page hook', 'Send a ping');
      await dialogOf(page).getByText('Ping').waitFor();
      const issues = await findings(page);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await more(page, 'Page hook', 'Turn off');
      await rowOf(page, 'Page hook').getByText('Off').waitFor();
      await more(page, 'Page hook', 'Delete');
      await confirm(page, 'Delete');
      await page.getByText('Nobody is told yet').waitFor();
      return { issues, faults, secret };
    },

    async house(browser) {
      const page = await signedIn(browser);
      await open(page, '/servers');
      await page.getByRole('button', { name: /^Look now/ }).first().click();
      await page.getByText(/, Docker \d/).waitFor();
      const room = await page.locator('.facts').first().innerText();
      const issues = await findings(page);
      await page.getByRole('button', { name: 'Add server' }).click();
      await dialogOf(page).getByLabel('Name').fill('nowhere');
      await dialogOf(page).getByLabel('Host').fill('127.0.0.1');
      await dialogOf(page).getByLabel('Port').fill('9');
      await dialogOf(page).getByLabel('Private key').fill('no key');
      await dialogOf(page).getByRole('button', { name: 'Ask for its host key' }).click();
      const refused = await dialogOf(page).getByRole('alert').innerText();
      issues.push(...(await findings(page)));
      await open(page, '/audit');
      await page.getByRole('combobox', { name: 'Result' }).click();
      await page.getByRole('option', { name: 'Done' }).click();
      await page.waitForURL(/result=done/);
      await page.getByRole('table').getByRole('row').nth(1).waitFor();
      const rows = await page.getByRole('table').getByRole('row').allInnerTexts();
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export' }).click();
      const stream = await (await saved).createReadStream();
      let text = '';
      for await (const part of stream) text += part;
      return { issues, room, refused, rows, exported: text.split('\n').filter(Boolean).length };
    },

    // With the keyboard alone from the sign-in to the last step of the restore dialog, which it leaves.
    async keyboard(browser) {
      const page = await newPage(browser);
      await page.goto(url);
      await page.getByRole('heading').waitFor();
      const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
      // Goes on with Tab until what has the focus is called so.
      const reach = async (name, limit = 60) => {
        for (let step = 0; step < limit; ++step) {
          if (name.test(await focused())) return;
          await press('Tab');
        }
        throw new Error(`no ${name} within ${limit} steps of the keyboard; the focus is on ${await focused()}`);
      };
      await press('Tab');
      await press('ArrowRight');
      await press('Tab');
      await page.keyboard.type(process.env.REPRISE_TOKEN);
      await press('Enter');
      await page.getByRole('navigation').waitFor();
      await press('Tab');
      const first = await focused();
      await press('?');
      await page.getByRole('dialog').waitFor();
      await press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await press('Control+k');
      await page.getByRole('dialog').locator('input:focus').waitFor();
      await page.keyboard.type(process.env.NAME);
      await page.getByRole('option', { name: process.env.NAME }).first().waitFor();
      await press('Enter');
      await page.waitForURL(/\/environments\/./);
      await page.getByRole('table').waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await reach(/^Restore: /);
      await press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await reach(/Original Environment/);
      await press('Space');
      for (const expected of [/safety backup/, /goes back/, /Type RESTORE/]) {
        await reach(/^Next$/);
        await press('Enter');
        if (String(expected).includes('goes')) await awaitPlan(dialog);
        await dialog.getByText(expected).first().waitFor();
      }
      await dialog.getByLabel('Type RESTORE to confirm').focus();
      await page.keyboard.type('RESTORE');
      const ready = await dialog.locator('button[type=submit]').isEnabled();
      const issues = await findings(page);
      await press('Escape');
      await page.getByText('Leave without restoring?').waitFor();
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme });
        issues.push(...(await findings(page)));
      }
      return { issues, first, ready };
    },

    async german(browser) {
      const page = await newPage(browser, { locale: 'de-DE', timezoneId: 'Europe/Berlin' });
      await page.addInitScript((secret) => sessionStorage.setItem('reprise.token', secret), process.env.REPRISE_TOKEN);
      await open(page, '/people');
      const lang = await page.evaluate(() => document.documentElement.lang);
      await page.getByRole('tab', { name: 'Projekte' }).click();
      await page.getByRole('button', { name: 'Neues Projekt' }).click();
      await dialogOf(page).getByLabel('Name').fill('Übergang');
      await confirm(page, 'Neues Projekt');
      await page.getByRole('button', { name: 'Weitere Aktionen: Übergang' }).click();
      await page.getByRole('menuitem', { name: 'Löschen' }).click();
      await confirm(page, 'Löschen');
      await gone(page, 'Übergang');
      const issues = await findings(page);
      await open(page, '/settings');
      await page.getByRole('combobox', { name: 'Sprache' }).click();
      await page.getByRole('option', { name: 'English' }).click();
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      return { issues, lang, chosen: await page.evaluate(() => document.documentElement.lang) };
    },
  };
}
