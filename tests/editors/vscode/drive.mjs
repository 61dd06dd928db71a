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
    await this.quiet();
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor();
    await input.fill(`>${title}`);
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    await row.waitFor();
    await this.page.waitForTimeout(200);
    await this.page.keyboard.press('Enter');
  }

  /** Until nothing is asked in the middle any more: what is about to close would take the keys of what comes. */
  async quiet() {
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden', timeout: 3_000 }).catch(() => this.page.keyboard.press('Escape'));
    await this.page.waitForTimeout(100);
  }

  /** Types into our search, as people do. */
  async search(text) {
    await this.command('CodeCompass: Search by Meaning');
    const input = this.page.locator('.quick-input-widget input.input[placeholder^="A question"]');
    await input.waitFor();
    await input.pressSequentially(text, { delay: 10 });
  }

  /** Opens a file of the project, by a part of its path; at a line, if one is given. */
  async file(name, line) {
    await this.quiet();
    await this.page.keyboard.press('Control+p');
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor();
    await input.fill(name);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: path.basename(name) }).first().waitFor();
    await this.page.waitForTimeout(200);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.tab.active', { hasText: path.basename(name) }).waitFor();
    if (line) {
      await this.page.keyboard.press('Control+g');
      await input.waitFor();
      await input.fill(`:${line}`);
      await this.page.waitForTimeout(150);
      await this.page.keyboard.press('Enter');
    }
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
