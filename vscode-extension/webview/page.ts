// The status page: shows what the extension sends, and hands on which button was pressed.
declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const vscode = acquireVsCodeApi();
const content = document.getElementById('content') as HTMLElement;

window.addEventListener('message', (event: MessageEvent<{ html?: string }>) => {
  if (typeof event.data.html !== 'string' || event.data.html === content.innerHTML) return;
  // The focus stays where it is, although all is drawn anew.
  const focused = [...content.querySelectorAll('button')].indexOf(document.activeElement as HTMLButtonElement);
  content.innerHTML = event.data.html;
  if (focused >= 0) content.querySelectorAll('button')[focused]?.focus();
});
document.addEventListener('click', (event) => {
  const button = (event.target as HTMLElement).closest<HTMLElement>('[data-command]');
  if (button) vscode.postMessage({ command: button.dataset.command, argument: button.dataset.argument });
});
vscode.postMessage({ ready: true });
