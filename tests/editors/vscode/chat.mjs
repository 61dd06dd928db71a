// The chat view against a server that answers what a test wants: streaming, stopping, citations, keyboard, speed, looks.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { plain } from './drive.mjs';

export async function chatChecks({ bench, check, assert, until, here }) {
  const { page } = bench;
  const settings = (folder, change) => bench.settings(folder, change);
  let chat;
  const question = () => chat.locator('#question');
  const last = () => chat.locator('.turn').last();
  const ask = async (text) => {
    const before = await chat.locator('.turn').count();
    await question().fill(text);
    await question().press('Enter');
    await until('the question is there', async () => (await chat.locator('.turn').count()) > before);
  };
  const answered = () => last().locator('.foot .actions').waitFor({ timeout: 40_000 });
  const fresh = async () => {
    await bench.command('CodeCompass: New Conversation');
    chat = await bench.inside('#question');
    await until('nothing was asked yet', async () => (await chat.locator('.turn').count()) === 0);
  };
  /** How long the page of the chat was busy at one go, in milliseconds, while something was done. */
  const busy = async (work_) => {
    await chat.evaluate(() => {
      window.tasks = [];
      window.observer = new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => Math.round(entry.duration))));
      window.observer.observe({ entryTypes: ['longtask'] });
    });
    await work_();
    return chat.evaluate(() => {
      window.observer.disconnect();
      return window.tasks.sort((a, b) => b - a);
    });
  };

  await check('another server can be set, and is taken at once', async () => {
    settings('Machine', { 'codecompass.server.path': path.join(here, 'fake-server.mjs') });
    await bench.command('CodeCompass: Status Page');
    const inside = await bench.inside('main#content');
    await inside.locator('dd', { hasText: '10,231 files indexed' }).waitFor({ timeout: 30_000 });
    await bench.closeAll();
    await fresh();
  });

  await check('the view is painted', async () => {
    const paint = await chat.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    console.log(`   first paint: ${Math.round(paint)} ms`);
    assert(paint > 0, 'it is painted');
  });

  await check('an answer streams in, and its citations say whether they hold', async () => {
    await ask('how do retries work, and how long do they wait?');
    await last().locator('.markdown', { hasText: 'send_with_retries' }).waitFor();
    await answered();
    // The citations are drawn when the answer is there.
    await until('all of it is drawn', async () => {
      const text = await last().locator('.markdown').textContent();
      return text.includes('saturating_mul') && !text.includes('[7]');
    });
    await until('three hold', async () => (await last().locator('.citation.verified').count()) === 3);
    await until('two do not', async () => (await last().locator('.citation.unverified').count()) === 2);
    assert((await last().locator('img, b').count()) === 0, 'nothing strange is drawn');
    assert((await last().locator('.summary.bad').textContent()).includes('2 of them do not hold'), 'the summary says so');
    assert((await last().locator('.by').textContent()).includes('qwen2.5-coder:7b on gpu'), 'the model is named');
    await bench.shot('chat-answer');
  });

  await check('a citation leads to its lines', async () => {
    await bench.closeAll();
    await last().locator('.citation', { hasText: '2' }).first().click();
    await page.locator('.tab.active', { hasText: 'retry.rs' }).waitFor();
    await page.locator('.statusbar-item', { hasText: 'Ln 11' }).waitFor();
    await bench.shot('citation');
  });

  await check('what went into the prompt can be seen', async () => {
    await last().locator('.context > summary').click();
    await last().locator('.ledger tr.left-out', { hasText: 'no room' }).waitFor();
    await bench.shot('ledger');
    await last().locator('.context > summary').click();
  });

  await check('code is copied and inserted', async () => {
    await last().locator('[data-code=copy]').click();
    const copied = await until('it is in the clipboard', () => page.evaluate(() => navigator.clipboard.readText()));
    assert(copied.includes('pub fn backoff_delay'), copied);
    await bench.closeAll();
    await bench.file('main.rs');
    await last().locator('[data-code=insert]').click();
    await until('it is in the file', async () => (await bench.text()).includes('Twice as long'));
    await page.keyboard.press('Control+z');
    await bench.command('File: Revert File');
  });

  await check('the keyboard is enough', async () => {
    await bench.file('main.rs');
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Shift+A');
    await until('the field has the focus', () => question().evaluate((field) => document.activeElement === field));
    await page.keyboard.type('and what does @back', { delay: 10 });
    await chat.locator('#mentions [role=option]').first().waitFor();
    await bench.shot('mention');
    await page.keyboard.press('Enter');
    assert((await question().inputValue()).includes('@backoff_delay'), 'the name is completed');
    await page.keyboard.type('do?');
    await page.keyboard.press('Enter');
    await until('it was asked', async () => (await chat.locator('.turn').count()) === 2);
    await answered();
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Shift+Tab');
      if (await chat.evaluate(() => document.activeElement?.matches('.citation.verified'))) break;
    }
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: /config.rs|retry.rs/ }).waitFor();
  });

  await check('an answer can be stopped, and what is there stays', async () => {
    await ask('slow please');
    await last().locator('.markdown', { hasText: 'tick3' }).waitFor();
    await bench.shot('chat-streaming');
    await chat.locator('#stop').click();
    await last().locator('.status', { hasText: 'Stopped' }).waitFor();
    assert((await last().locator('.markdown').textContent()).includes('tick3'), 'the text is still there');
    await last().locator('[data-action=regenerate]').click();
    await last().locator('.status.busy').waitFor();
    await question().press('Escape');
    await last().locator('.status', { hasText: 'Stopped' }).waitFor();
    assert((await chat.locator('.turn').count()) === 3, 'it was asked anew, not once more');
  });

  await check('500 pieces a second are drawn', async () => {
    const tasks = await busy(async () => {
      await ask('fast please');
      await answered();
    });
    console.log(`   longest tasks while streaming: ${tasks.slice(0, 5).join(', ') || 'none over 50'} ms`);
    assert((await last().locator('.markdown').textContent()).includes('word999'), 'all of it is there');
  });

  await check('10,000 lines are drawn', async () => {
    await fresh();
    const began = Date.now();
    const tasks = await busy(async () => {
      await ask('long please');
      await answered();
      await until('all is drawn', () => last().locator('.markdown', { hasText: 'line 9999' }).count());
    });
    console.log(`   10,000 lines in ${Date.now() - began} ms; longest tasks: ${tasks.slice(0, 5).join(', ') || 'none over 50'} ms`);
  });

  await check('an answer goes on while the view is hidden', async () => {
    await fresh();
    await ask('fast please');
    await page.keyboard.press('Control+Shift+e');
    await page.locator('.explorer-folders-view').waitFor();
    await until('the chat is hidden', async () => !(await page.locator('.pane-header', { hasText: /^Chat/ }).first().isVisible()));
    await bench.command('CodeCompass: Open Chat');
    chat = await bench.inside('#question');
    await answered();
    assert((await last().locator('.markdown').textContent()).includes('word999'), 'all of it is there');
  });

  await check('the conversation is back when the window is loaded again', async () => {
    await fresh();
    await ask('how do retries work?');
    await answered();
    await bench.load();
    await bench.command('CodeCompass: Open Chat');
    chat = await bench.inside('#question');
    await chat.locator('.turn', { hasText: 'how do retries work?' }).waitFor();
    await chat.locator('.citation.verified').first().waitFor();
  });

  await check('earlier conversations can be opened and deleted', async () => {
    await bench.command('CodeCompass: Conversations');
    const kept = chat.locator('#history-list li');
    await kept.filter({ hasText: 'long please' }).first().waitFor();
    await bench.shot('history');
    const before = await kept.count();
    await kept.filter({ hasText: 'long please' }).locator('[data-do=delete]').click();
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Delete' }).click();
    await until('it is gone', async () => (await kept.count()) === before - 1);
    await kept.filter({ hasText: 'how do retries work, and' }).locator('.open').click();
    await chat.locator('.turn', { hasText: 'and how long do they wait' }).first().waitFor();
  });

  await check('the page can be used by everybody (axe)', async () => {
    const source = fs.readFileSync(path.join(process.env.TEST_MODULES, 'axe-core', 'axe.min.js'), 'utf8');
    await chat.evaluate(source);
    // The view is transparent: what is behind it, the workbench paints.
    await chat.evaluate(() => document.documentElement.style.setProperty('background', getComputedStyle(document.documentElement).getPropertyValue('--vscode-sideBar-background')));
    const result = await chat.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'best-practice'] }));
    await chat.evaluate(() => document.documentElement.style.removeProperty('background'));
    const found = result.violations.map((violation) => `${violation.id}: ${violation.nodes.slice(0, 2).map((node) => node.html.replace(/\s+/g, ' ').slice(0, 120)).join(' | ')}`);
    assert(found.length === 0, found.join('\n   '));
  });

  for (const [name, theme] of [['light', 'Light Modern'], ['high-contrast', 'Default High Contrast'], ['dark', 'Dark Modern']]) {
    await check(`it fits the theme: ${name}`, async () => {
      settings('Machine', { 'workbench.colorTheme': theme });
      const body = { light: '.vscode-light', 'high-contrast': '.vscode-high-contrast', dark: '.vscode-dark' }[name];
      await until('the theme is there', () => chat.locator(`body${body}`).count());
      await chat.locator('#messages').evaluate((element) => element.scrollTo(0, 0));
      await bench.shot(`theme-${name}`);
    });
  }

  await check('it fits into a narrow view', async () => {
    const sash = await page.locator('.monaco-sash.vertical').first().boundingBox();
    const box = await page.locator('.part.sidebar').boundingBox();
    await page.mouse.move(box.x + box.width, box.y + 300);
    await page.mouse.down();
    await page.mouse.move(box.x + 180, box.y + 300, { steps: 5 });
    await page.mouse.up();
    await bench.shot('narrow');
    const wide = await chat.evaluate(() => document.body.scrollWidth > document.body.clientWidth + 1);
    assert(!wide && sash, 'nothing sticks out');
  });
}

/** The chat that the editor itself has. */
export async function nativeChecks({ bench, check, until }) {
  const { page } = bench;
  await check('@compass answers in the chat of the editor', async () => {
    await bench.command('Chat: Open Chat');
    const field = page.locator('.interactive-session .interactive-input-part .monaco-editor').first();
    await field.waitFor();
    const box = await field.boundingBox();
    await page.mouse.click(box.x + 30, box.y + box.height / 2);
    await page.keyboard.type('@compass ', { delay: 30 });
    // Enter would take what is suggested.
    const suggestions = page.locator('.suggest-widget.visible');
    await suggestions.waitFor({ state: 'hidden' });
    await page.keyboard.type('how do retries work?', { delay: 10 });
    await until('the question is typed', async () => plain(await field.textContent()).includes('how do retries work?'));
    await suggestions.waitFor({ state: 'hidden' });
    await bench.shot('native-question');
    await page.keyboard.press('Enter');
    await until('the answer', async () => (await page.locator('.interactive-session').textContent()).includes('send_with_retries'), 30_000);
    await bench.shot('native-chat');
    await bench.command('View: Toggle Secondary Side Bar Visibility');
  });
}
