// Formats Lua with StyLua's library, as editors/neovim/.stylua.toml says: `format.cjs LIBRARY --check|--write FILE…`. StyLua's own
// program is no package of npm; this one is.

const fs = require('node:fs');
const [library, ...rest] = process.argv.slice(2);
const stylua = require(library);
const check = rest[0] === '--check';

function config() {
  const made = stylua.Config.new();
  made.column_width = 120;
  made.indent_type = stylua.IndentType.Spaces;
  made.indent_width = 2;
  made.quote_style = stylua.QuoteStyle.AutoPreferSingle;
  made.syntax = stylua.LuaVersion.LuaJIT;
  return made;
}

let wrong = 0;
for (const file of rest.slice(1)) {
  const text = fs.readFileSync(file, 'utf8');
  const formatted = stylua.formatCode(text, config(), undefined, stylua.OutputVerification.Full);
  if (formatted === text) continue;
  wrong += 1;
  if (check) {
    const there = text.split('\n');
    const line = formatted.split('\n').findIndex((wanted, index) => wanted !== there[index]);
    console.error(`${file}:${line + 1}: is not formatted: ${there[line]}`);
  } else {
    fs.writeFileSync(file, formatted);
  }
}
process.exit(check && wrong > 0 ? 1 : 0);
