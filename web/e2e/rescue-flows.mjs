// A backup that is looked into beside its live environment: mounted, compared, a document brought back, unmounted.
export function rescueFlows({ url, signedIn, findings }) {
  const patient = { timeout: 600_000 }; // a whole database is loaded, by a machine that may be slow

  return {
    async rescue(browser) {
      const { ENVIRONMENT, BACKUP, TABLE, DOCUMENT } = process.env;
      const page = await signedIn(browser);
      const issues = [];
      const look = async () => issues.push(...(await findings(page)));
      const dialog = page.getByRole('dialog').last();
      const closed = () => page.getByRole('dialog').waitFor({ state: 'detached' });

      await page.goto(`${url}/environments/${ENVIRONMENT}`);
      await page.getByRole('button', { name: `More actions: ${BACKUP}` }).click();
      await page.getByRole('menuitem', { name: 'Look inside without restoring' }).click();
      await dialog.getByRole('combobox', { name: 'Beside' }).waitFor();
      await look();
      await dialog.getByRole('button', { name: 'Mount' }).click();
      await page.waitForURL(/\/mounts\//);
      await closed();
      await page.getByRole('tab', { name: 'Tables' }).waitFor(patient);

      const row = page.getByRole('row').filter({ has: page.getByRole('button', { name: TABLE, exact: true }) });
      await row.waitFor(patient);
      const difference = await row.innerText();
      await look();
      await row.getByRole('button', { name: TABLE, exact: true }).click();
      await dialog.getByRole('table').waitFor();
      const rows = await dialog.getByRole('table').innerText();
      await look();
      const saving = page.waitForEvent('download');
      await dialog.getByRole('button', { name: /^CSV of/ }).click();
      const saved = (await saving).suggestedFilename();
      await dialog.getByRole('button', { name: 'Close' }).last().click();
      await closed();

      await page.getByRole('tab', { name: 'Documents' }).click();
      await page.getByRole('searchbox', { name: 'Find a document by name' }).fill(DOCUMENT);
      await page.getByRole('checkbox', { name: `Pick ${DOCUMENT}` }).check(patient);
      await look();
      await page.emulateMedia({ colorScheme: 'dark' });
      await look();
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 360, height: 740 });
      const over = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
      if (over > 0) issues.push(`the documents are ${over} px wider than a phone`);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.getByRole('button', { name: 'Bring back' }).click();
      await look();
      await dialog.getByRole('button', { name: 'Bring 1 document back' }).click();
      await dialog.getByText('It is there again.').waitFor(patient);
      const outcome = await dialog.innerText();
      await look();
      await dialog.getByRole('button', { name: 'Close' }).last().click();
      await closed();
      await page.getByText(/No document (is missing|matches)/).waitFor(patient);

      const mount = new URL(page.url()).pathname;
      await page.goto(`${url}/environments/${ENVIRONMENT}`);
      const open = page.getByRole('list', { name: 'Open beside a live environment' });
      await open.getByRole('link', { name: new RegExp(BACKUP) }).first().waitFor();
      await look();
      await open.getByRole('button', { name: 'Unmount' }).click();
      await dialog.getByRole('button', { name: 'Unmount' }).click();
      await closed();
      await open.waitFor({ state: 'detached', ...patient });
      await page.goto(url + mount);
      await page.getByText('It is not mounted any more').waitFor();
      await look();
      return { issues, difference, rows, saved, outcome, mount };
    },
  };
}
