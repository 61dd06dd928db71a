// The chat with the real server and a model host: from the question to the host and back. The host only pretends.
export async function realChecks({ bench, check, assert, until, ollama }) {
  const { page } = bench;
  let chat;
  const last = () => chat.locator('.turn').last();
  const ask = async (text) => {
    const before = await chat.locator('.turn').count();
    await chat.locator('#question').fill(text);
    await chat.locator('#question').press('Enter');
    await until('the question is there', async () => (await chat.locator('.turn').count()) > before);
  };

  await check('the real server asks the model and streams what it says', async () => {
    await bench.command('CodeCompass: New Conversation');
    chat = await bench.inside('#question');
    await until('nothing was asked yet', async () => (await chat.locator('.turn').count()) === 0);
    const go = ollama.hold();
    await ask('how long do we wait between attempts?');
    // The host has not said all of it yet.
    await last().locator('.markdown', { hasText: 'It waits' }).waitFor();
    assert((await last().locator('.foot .actions').count()) === 0, 'it is still being written');
    await bench.shot('real-streaming');
    go();
    await last().locator('.foot .actions').waitFor();
    assert((await last().locator('.markdown').textContent()).includes('It waits twice as long each time'), 'all of it is there');
    assert((await last().locator('.by').textContent()).includes('qwen2.5-coder:3b'), 'the model is named');
    const { body } = ollama.asked.findLast(({ path }) => path === '/api/chat');
    assert(JSON.stringify(body.messages).includes('saturating_mul'), 'the model was sent the code');
    await bench.shot('real-answer');
  });

  await check('a citation of the real server leads to its lines', async () => {
    await last().locator('.citation.verified').first().waitFor();
    await bench.closeAll();
    await last().locator('.citation.verified').first().click();
    await page.locator('.tab.active', { hasText: '.rs' }).waitFor();
    await until('its code is shown', async () => /attempt|delay|retry/.test(await bench.text()));
  });

  await check('stopping ends the work of the host too', async () => {
    const go = ollama.hold();
    const before = ollama.brokenOff;
    await ask('and how often?');
    await last().locator('.markdown', { hasText: 'It waits' }).waitFor();
    await chat.locator('#stop').click();
    await last().locator('.status', { hasText: 'Stopped' }).waitFor();
    await until('the host is told', () => ollama.brokenOff > before);
    go();
    assert((await last().locator('.markdown').textContent()).includes('It waits'), 'what was there stays');
  });

  await check('a host that is gone is said to be gone, with the passages, and is asked again when it is back', async () => {
    await ollama.down();
    await ask('how long do we wait between attempts?');
    await last().locator('.error').waitFor({ timeout: 40_000 });
    assert((await last().textContent()).includes('retry.rs'), 'the passages are there');
    await bench.shot('real-host-down');
    await ollama.up();
    await until('it answers again', async () => {
      await last().locator('[data-action=regenerate]').click();
      await last().locator('.status.busy').waitFor({ timeout: 2_000 }).catch(() => undefined);
      await last().locator('.foot .actions').waitFor();
      return (await last().locator('.markdown').textContent()).includes('each time');
    }, 60_000);
  });
}
