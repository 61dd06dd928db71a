// Stands in for the table of all HTML entities, which a browser has already. Only in the bundle; see esbuild.mjs.

/** The characters that an entity stands for. */
export function decodeHTML(text: string): string {
  const field = document.createElement('textarea');
  field.innerHTML = text;
  return field.value;
}

export const decodeHTMLStrict = decodeHTML;

/** As for a document, for attributes and text alike. */
export function escapeUTF8(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
