// Drives a workbench of VS Code: what a person does and sees, in a few words each.
import { createRequire } from 'node:module';
import * as fs from 'node:fs';
import * as path from 'node:path';

const require = createRequire(path.join(process.env.TEST_MODULES, 'x.js'));
const { chromium } = require('playwright-core');

/** Text as the editor draws it, with ordinary spaces. */
export const plain = (text) => (text ?? '').replace(/\u00a0/g, ' ');

/** Opens a browser with the workbench. */
export async function open({ port, work, project, shots }) {
  const browser = await chromium.launchPersistentContext(path.join(work, 'browser'), {
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.setDefaultTimeout(20_000);
  const bench = new Workbench(page, { port, work, project, shots });
  bench.browser = browser;
  return bench;
}

export class Workbench {
  constructor(page, about) {
    Object.assign(this, about);
    this.page = page;
    this.errors = [];
    this.requests = [];
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('request', (request) => this.requests.push(request.url()));
  }

  async load() {
    await this.page.goto(`http://127.0.0.1:${this.port}/?folder=${encodeURIComponent(this.project)}`);
    await this.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    await this.status().waitFor({ timeout: 60_000 });
  }

  /** Runs a command by its title. */
  async command(title) {
    await this.quickInput('F1');
    await this.choose(`>${title}`, title);
  }

  /** Opens the list in the middle with a key, once nothing else is asked there. */
  async quickInput(key) {
    await this.quiet();
    await until(`${key} opens the list`, async () => {
      await this.page.keyboard.press(key);
      // A page of ours that is just being loaded takes keys and does nothing with them.
      return this.input().waitFor({ timeout: 3_000 }).then(() => true, () => false);
    });
  }

  /** Types into the list that is open and takes what it then has in front. */
  async choose(typed, wanted) {
    await this.input().fill(typed);
    // The list is filtered a little later than it is typed.
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: wanted }).first().waitFor();
    await this.input().press('Enter');
    await until(`${wanted} is taken`, async () => !(await this.input().isVisible()) || (await this.input().inputValue()) !== typed);
  }

  /** The field of what is asked in the middle. */
  input() {
    return this.page.locator('.quick-input-widget input.input');
  }

  /** Until nothing is asked in the middle any more: what is about to close would take the keys of what comes. */
  async quiet() {
    const widget = this.page.locator('.quick-input-widget');
    await until('nothing is asked any more', async () => {
      if (await widget.waitFor({ state: 'hidden', timeout: 2_000 }).then(() => true, () => false)) return true;
      await this.input().press('Escape', { timeout: 1_000 }).catch(() => undefined);
      return false;
    });
  }

  /** Types into our search, as people do. */
  async search(text, delay = 10) {
    await this.command('CodeCompass: Search by Meaning');
    const input = this.page.locator('.quick-input-widget input.input[placeholder^="A question"]');
    await input.waitFor();
    await input.pressSequentially(text, { delay });
    const typed = await input.inputValue();
    if (typed !== text) throw new Error(`the search got "${typed}" of "${text}"`);
  }

  /** Opens a file of the project, by a part of its path; at a line, if one is given. */
  async file(name, line) {
    await this.quickInput('Control+p');
    await this.choose(name, path.basename(name));
    await this.page.locator('.tab.active', { hasText: path.basename(name) }).waitFor();
    if (!line) return;
    const editor = this.page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
    await editor.locator('.view-line').first().waitFor();
    await this.quickInput('Control+g');
    await this.input().fill(`:${line}`);
    await this.input().press('Enter');
    await this.page.locator('.statusbar-item', { hasText: `Ln ${String(line).split(':')[0]},` }).waitFor();
  }

  /** Closes everything that is open in the middle. */
  async closeAll() {
    await this.command('View: Close All Editors');
    await this.page.locator('.tab').first().waitFor({ state: 'hidden' });
  }

  /** The rows of the quick pick that is open. */
  rows() {
    return this.page.locator('.quick-input-list .monaco-list-row');
  }

  status() {
    return this.page.locator('.statusbar-item[id^="codecompass"]').first();
  }

  /** What the editor shows. */
  async text() {
    return plain(await this.page.locator('.editor-instance .view-lines').first().textContent());
  }

  /** The inside of one of our pages: the chat view, or the status page. */
  async inside(selector) {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      for (const frame of this.page.frames()) {
        const found = await frame.locator(selector).count().catch(() => 0);
        if (found > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`no page has ${selector}`);
  }

  /** Changes settings, as somebody who edits their file does. */
  settings(folder, change) {
    const file = path.join(this.work, 'data', folder, 'settings.json');
    const before = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify({ ...before, ...change }, undefined, 2));
  }

  /** Moves the pointer onto something. */
  async point(locator) {
    await locator.waitFor();
    const box = await locator.boundingBox();
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
  }

  toast(text) {
    return this.page.locator('.notification-list-item', { hasText: text }).first();
  }

  async dismissToasts() {
    await this.command('Notifications: Clear All Notifications');
    await this.page.locator('.notification-list-item').first().waitFor({ state: 'hidden' });
  }

  /** A picture, for people. */
  async shot(name) {
    if (!this.shots) return;
    fs.mkdirSync(this.shots, { recursive: true });
    await this.page.waitForTimeout(300);
    await this.page.screenshot({ path: path.join(this.shots, `${name}.png`) });
  }
}

/** Waits until something is true. */
export async function until(what, condition, ms = 20_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`it did not come: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
