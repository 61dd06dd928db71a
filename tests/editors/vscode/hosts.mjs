// The way to a model host: address, token, test, model. Against a host that only pretends and wants a token.
import { fakeOllama } from './fake-ollama.mjs';

export async function hostChecks({ bench, check, assert, until }) {
  const { page } = bench;
  const ollama = await fakeOllama({ token: 'sesame' });
  const input = page.locator('.quick-input-widget input.input');
  const dialog = page.locator('.monaco-dialog-box');
  const connect = async (token) => {
    await bench.command('CodeCompass: Connect a Model Host');
    await page.locator('.quick-input-widget', { hasText: 'Where does Ollama run' }).waitFor();
    await bench.shot('host-address');
    await input.fill(ollama.address);
    await page.keyboard.press('Enter');
    await bench.rows().filter({ hasText: 'Bearer token' }).first().waitFor();
    await bench.shot('host-login');
    await bench.rows().filter({ hasText: 'Bearer token' }).first().click();
    await page.locator('.quick-input-widget', { hasText: 'The token' }).waitFor();
    await input.fill(token);
    await page.keyboard.press('Enter');
    await dialog.waitFor();
  };

  await check('a wrong token is said to be wrong, before anything is kept', async () => {
    await connect('sesam');
    const text = await dialog.textContent();
    assert(/does not work yet/.test(text) && /token|401|unauthori|not accept/i.test(text), text);
    await bench.shot('host-wrong-token');
    await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
  });

  await check('with the right one the host is kept, and a model is suggested and fetched', async () => {
    await connect('sesame');
    await dialog.filter({ hasText: 'answers' }).waitFor();
    await bench.shot('host-good');
    await dialog.locator('.monaco-button', { hasText: 'Use This Host' }).click();
    await bench.rows().filter({ hasText: 'qwen2.5-coder:3b' }).first().waitFor();
    await bench.shot('model-suggestions');
    await bench.rows().filter({ hasText: 'qwen2.5-coder:3b' }).first().click();
    await dialog.locator('.monaco-button', { hasText: 'Fetch' }).click();
    await bench.toast('%').waitFor();
    await bench.shot('model-progress');
    await bench.toast('is there').waitFor({ timeout: 30_000 });
    assert(ollama.models.has('qwen2.5-coder:3b'), 'it is on the host');
    await bench.dismissToasts();
  });

  await check('the token is in no file', async () => {
    const { execFileSync } = await import('node:child_process');
    const found = execFileSync('sh', ['-c', `grep -rlF sesame "${bench.work}/data/Machine" "${bench.work}/data/User/settings.json" "${bench.work}/home" "${bench.project}" 2>/dev/null || true`]).toString().trim();
    assert(found === '', found);
  });

  await check('models are listed, and deleted only by those who are sure', async () => {
    await bench.command('CodeCompass: Models');
    await bench.rows().filter({ hasText: 'qwen2.5-coder:3b' }).first().waitFor();
    await bench.shot('models');
    const row = bench.rows().filter({ hasText: 'nomic-embed-text' }).first();
    await bench.point(row);
    await row.locator('.action-label').first().click();
    await dialog.filter({ hasText: 'Delete nomic-embed-text' }).waitFor();
    await dialog.locator('.monaco-button', { hasText: 'Delete' }).first().click();
    await until('it is gone', () => !ollama.models.has('nomic-embed-text:latest'));
  });

  await check('a model is chosen for the chat', async () => {
    const chat = await bench.inside('#question').catch(async () => {
      await bench.command('CodeCompass: Open Chat');
      return bench.inside('#question');
    });
    await chat.locator('#model').click();
    await bench.rows().filter({ hasText: 'qwen2.5-coder:3b' }).first().waitFor();
    await bench.shot('model-picker');
    await bench.rows().filter({ hasText: 'qwen2.5-coder:3b' }).first().click();
    await chat.locator('#model .name', { hasText: 'qwen2.5-coder:3b' }).waitFor();
  });
  return ollama;
}
