// Walks through the pages of a prepared server and takes a picture of each. usage: script/screenshots, which prepares one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const world = JSON.parse(process.env.WORLD);
const { FOLDER: folder, LOOK: besides, ONLY: only } = process.env;
if (besides) mkdirSync(besides, { recursive: true });

const scenes = [
  ['home', '/'],
  ['environments', '/environments'],
  ['environment', `/environments/${world.shop}`],
  ['restore-points', `/environments/${world.shop}?tab=points`],
  ['backups', '/backups'],
  ['restore-plan', `/environments/${world.shop}`, planRestore],
  ['restore-done', `/restores/${world.restore}`],
  ['schedules', '/schedules'],
  ['schedule-form', '/schedules', (page) => page.getByRole('button', { name: 'New schedule' }).click()],
  ['retention', '/schedules?tab=retention'],
  ['drills', '/drills'],
  ['storage', '/storage'],
  ['storage-test', '/storage', testStorage],
  ['servers', '/servers', lookAtServer],
  ['people', '/people'],
  ['teams', '/people?tab=teams'],
  ['audit', '/audit'],
  ['activity', '/activity'],
  ['tokens', '/settings?tab=tokens'],
  ['webhooks', '/settings?tab=webhooks'],
  ['settings', '/settings'],
];

async function planRestore(page) {
  await page.getByRole('button', { name: 'Restore: Before the price update', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: /Restore backup/ });
  const next = dialog.getByRole('button', { name: 'Next' });
  await dialog.getByRole('radio', { name: /Original Environment/ }).click();
  await next.click();
  await dialog.getByRole('switch', { name: 'Create safety backup first' }).waitFor();
  await next.click();
  await dialog.getByText(/checks? passed/).waitFor({ timeout: 240_000 });
}

async function testStorage(page) {
  await page.getByRole('button', { name: 'Test: Offsite' }).click();
  await page.getByText('Everything that backups need works.').waitFor({ timeout: 30_000 });
}

async function lookAtServer(page) {
  await page.getByRole('button', { name: /^Look now/ }).first().click();
  await page.getByText(/Docker \d/).waitFor({ timeout: 30_000 });
}

async function signIn(page) {
  await page.goto(world.url);
  await page.getByLabel('Email').fill(world.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(world.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('main#main').waitFor();
}

// Chromium writes WebP itself, from a canvas of an empty page.
async function asWebp(browser, png) {
  const page = await browser.newPage();
  const url = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.88);
  }, `data:image/png;base64,${png.toString('base64')}`);
  await page.close();
  return Buffer.from(url.split(',')[1], 'base64');
}

const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

// With the font that many desktops have for their interface, where it is installed (Debian: fonts-inter).
const fonts = join(mkdtempSync(join(tmpdir(), 'fonts-')), 'fonts.conf');
writeFileSync(
  fonts,
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><include>/etc/fonts/fonts.conf</include>
${['system-ui', 'sans', 'sans-serif', 'DejaVu Sans']
    .map((name) => `<match target="pattern"><test name="family"><string>${name}</string></test><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>`)
    .join('')}</fontconfig>`,
);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, env: { ...process.env, FONTCONFIG_FILE: fonts } });
try {
  for (const [look, options] of Object.entries(looks)) {
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    const take = async (name) => {
      await page.waitForTimeout(700);
      const png = await page.screenshot();
      writeFileSync(`${folder}/page-${name}-${look}.webp`, await asWebp(browser, png));
      if (besides) writeFileSync(`${besides}/page-${name}-${look}.png`, png);
    };
    await page.goto(world.url);
    await page.getByRole('heading').waitFor();
    if (!only || only.includes('sign-in')) await take('sign-in');
    await signIn(page);
    for (const [name, place, prepare] of scenes) {
      if (only && !only.split(' ').includes(name)) continue;
      await page.goto(world.url + place);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
      try {
        await prepare?.(page);
      } catch (error) {
        console.error(`${name} (${look}): ${String(error).split('\n')[0]}`);
        process.exitCode = 1;
      }
      await take(name);
    }
    await context.close();
  }
} finally {
  await browser.close();
  rmSync(dirname(fonts), { recursive: true });
}
