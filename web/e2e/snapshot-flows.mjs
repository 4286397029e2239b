// Snapshots of an environment: one is taken, rolled back to and kept, and removed.
export function snapshotFlows({ url, signedIn, findings }) {
  const patient = { timeout: 600_000 }; // a whole database is copied, by a machine that may be slow

  return {
    async snapshots(browser) {
      const { ENVIRONMENT, NAME } = process.env;
      const page = await signedIn(browser);
      const issues = [];
      const look = async () => issues.push(...(await findings(page)));
      const dialog = page.getByRole('dialog').last();
      const closed = () => page.getByRole('dialog').waitFor({ state: 'detached' });
      const row = page.getByRole('table', { name: 'Snapshots' }).getByRole('row').filter({ has: page.getByText(NAME, { exact: true }) });
      const kept = () => row.getByText('Kept', { exact: true }).waitFor(patient);

      await page.goto(`${url}/environments/${ENVIRONMENT}?tab=points`);
      const environment = await page.getByRole('heading', { level: 1 }).innerText();
      await page.getByRole('heading', { name: 'Snapshots' }).waitFor();
      await page.getByRole('button', { name: 'Take a snapshot' }).click();
      await dialog.getByLabel('Name').fill(NAME);
      await look();
      const taking = page.waitForResponse((one) => one.request().method() === 'POST' && one.url().endsWith('/snapshots'));
      await dialog.getByRole('button', { name: 'Take a snapshot' }).click();
      const { id } = await (await taking).json();
      await closed();
      await row.waitFor();
      await look();
      await kept();
      await look();

      await row.getByRole('button', { name: `Roll back: ${NAME}` }).click();
      await dialog.getByLabel('Keep this snapshot for the next time').check();
      const go = dialog.getByRole('button', { name: 'Roll back', exact: true });
      if (await go.isEnabled()) issues.push('it is rolled back without the name of the environment');
      await look();
      await page.emulateMedia({ colorScheme: 'dark' });
      await look();
      await page.emulateMedia({ colorScheme: 'light' });
      await dialog.getByLabel(`Type ${environment} to confirm`).fill(environment);
      await go.click();
      await closed();
      await page.getByText('Rolling back', { exact: true }).waitFor();
      await look();
      const done = page.getByRole('status').filter({ hasText: `Rolled back to “${NAME}”` });
      await done.waitFor(patient);
      const outcome = await done.innerText();
      await kept();
      await page.getByText(`What was live before the rollback to “${NAME}”`).waitFor();
      await look();
      await page.setViewportSize({ width: 360, height: 740 });
      const over = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
      if (over > 0) issues.push(`the snapshots are ${over} px wider than a phone`);
      await page.setViewportSize({ width: 1280, height: 800 });

      await row.getByRole('button', { name: `More actions: ${NAME}` }).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await dialog.getByText('What is live is not touched.').waitFor();
      await look();
      await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
      await closed();
      await row.waitFor({ state: 'detached', ...patient });
      await look();
      return { issues, snapshot: `/api/v1/snapshots/${id}`, outcome };
    },
  };
}
