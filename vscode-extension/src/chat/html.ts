// The page of the chat view. Nothing in it comes from elsewhere, and nothing in it runs that does not carry the nonce.

/** What the page is made of. */
export interface PageParts {
  cspSource: string;
  script: string;
  styles: string[];
  nonce: string;
  /** Translates. */
  t: (text: string) => string;
}

/** A policy that lets in our own script, styles and font, and nothing else. */
export function policy(parts: Pick<PageParts, 'cspSource' | 'nonce'>): string {
  return [
    "default-src 'none'",
    `style-src ${parts.cspSource}`,
    `font-src ${parts.cspSource}`,
    `script-src 'nonce-${parts.nonce}'`,
  ].join('; ');
}

/** The page. */
export function chatPage(parts: PageParts): string {
  const { t } = parts;
  const example = (text: string): string =>
    `<li><button type="button" data-example="${escape(text)}">${escape(text)}</button></li>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy(parts)}">
${parts.styles.map((style) => `<link rel="stylesheet" href="${style}">`).join('\n')}
<title>CodeCompass</title>
</head>
<body class="chat">
<main class="column">
<h1 class="hidden-text">CodeCompass</h1>
<div id="announcer" class="hidden-text" aria-live="polite"></div>
<div id="welcome">
  <h2>${t('Ask about this code')}</h2>
  <p>${t('Answers cite the code that they rest on, and every citation is checked. Without a model you get the passages that matter.')}</p>
  <ul class="examples">
    ${example(t('How does this project start?'))}
    ${example(t('Where are errors shown to the user?'))}
    ${example(t('What would break if I change @'))}
  </ul>
  <p>${t('Type @ to name a file, a folder or a symbol. Enter sends, Shift+Enter begins a new line.')}</p>
</div>
<div id="messages" role="log" aria-label="${t('Conversation')}" tabindex="0" hidden></div>
<div id="obstacle" role="status" hidden></div>
<form id="composer">
  <ul id="mentions" role="listbox" aria-label="${t('Files and symbols')}" hidden></ul>
  <div class="field">
    <ul id="pins" aria-label="${t('Sent with the question')}" hidden></ul>
    <textarea id="question" rows="2" placeholder="${t('Ask about this code (@ names files)')}" aria-label="${t('Question')}" aria-autocomplete="list" aria-controls="mentions"></textarea>
    <div class="bar">
      <button type="button" id="model" data-action="model"><span class="codicon codicon-chip" aria-hidden="true"></span><span class="name">${t('Model: automatic')}</span></button>
      <span class="space"></span>
      <button type="button" class="icon" data-action="pin" title="${t('Send the open file or selection with the question')}" aria-label="${t('Send the open file or selection with the question')}"><span class="codicon codicon-pin" aria-hidden="true"></span></button>
      <button type="button" class="icon" id="send" data-action="send" title="${t('Send (Enter)')}" aria-label="${t('Send')}"><span class="codicon codicon-send" aria-hidden="true"></span></button>
      <button type="button" class="icon" id="stop" data-action="stop" title="${t('Stop (Escape)')}" aria-label="${t('Stop')}" hidden><span class="codicon codicon-debug-stop" aria-hidden="true"></span></button>
    </div>
  </div>
</form>
<section id="history" aria-label="${t('Conversations')}" hidden>
  <div class="history-head"><h2>${t('Conversations')}</h2><button type="button" class="icon" id="history-close" data-action="history-close" title="${t('Close')}" aria-label="${t('Close')}"><span class="codicon codicon-close" aria-hidden="true"></span></button></div>
  <ul id="history-list"></ul>
  <p id="history-empty" hidden></p>
</section>
</main>
<script nonce="${parts.nonce}" src="${parts.script}"></script>
</body>
</html>`;
}

/** Text in HTML. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
