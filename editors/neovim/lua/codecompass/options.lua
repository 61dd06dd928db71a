-- The options: `vim.g.codecompass = {…}`, or `require('codecompass').setup({…})` which adds to it. What is wrong is named in
-- one message, and its default is used.

local M = {}

---What people write; everything may be left out.
---@class codecompass.Options
---@field enabled? boolean Start the server with the first file of a project.
---@field cmd? string|string[] The program, or the program with its arguments.
---@field filetypes? string[] Only files of these types; all of them when it is left out.
---@field root_markers? string[] What a project's folder has.
---@field settings? table What docs/configuration.md lists: `{ chat = { model = '…' } }`.
---@field restart? boolean Start the server again when it breaks down.
---@field picker? 'auto'|'select'|'quickfix'|'snacks'|'telescope'|'fzf-lua'|'mini.pick' What shows what was found.
---@field search? codecompass.SearchOptions
---@field chat? codecompass.ChatOptions
---@field explain? codecompass.ExplainOptions

---@class codecompass.SearchOptions
---@field limit? integer So many results at the most.
---@field debounce? integer Milliseconds without a key before a search begins.

---@class codecompass.ChatOptions
---@field position? 'right'|'left'|'above'|'below'|'tab' Where the chat opens.
---@field size? number Columns or rows; below 1 a part of the editor.
---@field reasoning? 'folded'|'open'|'hidden' What is shown of the reasoning before an answer.
---@field think? 'auto'|'off'|'on'|'low'|'medium'|'high' Whether a model that can reasons; as the settings say otherwise.
---@field keys? codecompass.ChatKeys

---@alias codecompass.Keys string|string[]|false

---@class codecompass.ChatKeys
---@field send? codecompass.Keys In Normal mode.
---@field send_insert? codecompass.Keys In Insert mode.
---@field stop? codecompass.Keys In both.
---@field follow? codecompass.Keys Go to the code that a citation names.
---@field regenerate? codecompass.Keys Answer the last question anew.
---@field history? codecompass.Keys Earlier conversations.
---@field help? codecompass.Keys

---@class codecompass.ExplainOptions
---@field width? number Columns; below 1 a part of the editor.
---@field height? number Rows; below 1 a part of the editor.
---@field border? string|string[] As of `nvim_open_win()`; that of 'winborder' when it is left out.

---@class codecompass.ResolvedOptions
---@field enabled boolean
---@field cmd string[]
---@field filetypes? string[]
---@field root_markers string[]
---@field settings table
---@field restart boolean
---@field picker string
---@field search { limit: integer, debounce: integer }
---@field chat { position: string, size: number, reasoning: string, think?: string, keys: table<string, codecompass.Keys> }
---@field explain { width: number, height: number, border?: string|string[] }

---@class codecompass.Rule
---@field default? any
---@field expected string
---@field ok fun(value: any): boolean

local function is_list_of_strings(value)
  return vim.islist(value)
    and vim.iter(value):all(function(entry)
      return type(entry) == 'string' and entry ~= ''
    end)
end

---@return codecompass.Rule
local function rule(default, expected, ok)
  return { default = default, expected = expected, ok = ok }
end

local function flag(default)
  return rule(default, 'true or false', function(value)
    return type(value) == 'boolean'
  end)
end

local function one_of(default, choices)
  local quoted = vim.tbl_map(function(choice)
    return '"' .. choice .. '"'
  end, choices)
  return rule(default, 'one of ' .. table.concat(quoted, ', '), function(value)
    return vim.tbl_contains(choices, value)
  end)
end

local function whole(default, least, most)
  return rule(default, ('a whole number from %d to %d'):format(least, most), function(value)
    return type(value) == 'number' and value % 1 == 0 and value >= least and value <= most
  end)
end

local function size(default)
  return rule(default, 'a number above 0', function(value)
    return type(value) == 'number' and value > 0
  end)
end

local function strings(default)
  return rule(default, 'a list of strings', is_list_of_strings)
end

local function keys(default)
  return rule(default, 'a key like "<CR>", a list of keys, or false', function(value)
    return value == false or type(value) == 'string' or is_list_of_strings(value)
  end)
end

-- A table without `ok` is a group of options.
local schema = {
  enabled = flag(true),
  cmd = rule({ 'codecompass', 'lsp' }, 'a program or a list of a program and its arguments', function(value)
    return type(value) == 'string' and value ~= '' or (is_list_of_strings(value) and #value > 0)
  end),
  filetypes = strings(nil),
  root_markers = strings({ '.git', '.codecompass.toml' }),
  settings = rule({}, 'a table', function(value)
    return type(value) == 'table'
  end),
  restart = flag(true),
  picker = one_of('auto', { 'auto', 'select', 'quickfix', 'snacks', 'telescope', 'fzf-lua', 'mini.pick' }),
  search = { limit = whole(50, 1, 200), debounce = whole(60, 0, 5000) },
  chat = {
    position = one_of('right', { 'right', 'left', 'above', 'below', 'tab' }),
    size = size(0.42),
    reasoning = one_of('folded', { 'folded', 'open', 'hidden' }),
    think = one_of(nil, { 'auto', 'off', 'on', 'low', 'medium', 'high' }),
    keys = {
      send = keys('<CR>'),
      send_insert = keys('<C-s>'),
      stop = keys('<C-c>'),
      follow = keys({ 'gd', 'gf' }),
      regenerate = keys('gR'),
      history = keys('gH'),
      help = keys('g?'),
    },
  },
  explain = {
    width = size(0.6),
    height = size(0.6),
    border = rule(nil, 'a border as of nvim_open_win()', function(value)
      return type(value) == 'string' or vim.islist(value)
    end),
  },
}

---The name among `names` that was probably meant.
---@param word string
---@param names string[]
---@return string?
local function nearest(word, names)
  local best = vim.fn.matchfuzzy(names, word)[1]
  if best then
    return best
  end
  -- Two letters changed places, or one is too many: the same letters, nearly.
  local function letters(text)
    local sorted = vim.split(text, '')
    table.sort(sorted)
    return sorted
  end
  for _, name in ipairs(names) do
    local differences = #vim.diff(
      table.concat(letters(word), '\n') .. '\n',
      table.concat(letters(name), '\n') .. '\n',
      { result_type = 'indices' }
    )
    if differences <= 1 and math.abs(#word - #name) <= 1 then
      return name
    end
  end
end

---@param given table
---@param rules table
---@param prefix string
---@param mistakes string[]
---@return table
local function resolve(given, rules, prefix, mistakes)
  local resolved = {}
  for name, known in pairs(rules) do
    local value = given[name]
    if known.ok == nil then
      if value ~= nil and type(value) ~= 'table' then
        table.insert(mistakes, ('"%s%s" must be a table, not %s'):format(prefix, name, vim.inspect(value)))
        value = nil
      end
      resolved[name] = resolve(value or {}, known, prefix .. name .. '.', mistakes)
    elseif value == nil then
      resolved[name] = vim.deepcopy(known.default)
    elseif known.ok(value) then
      resolved[name] = vim.deepcopy(value)
    else
      local found = vim.inspect(value, { newline = ' ', indent = '' })
      table.insert(mistakes, ('"%s%s" must be %s, not %s'):format(prefix, name, known.expected, found))
      resolved[name] = vim.deepcopy(known.default)
    end
  end
  for name in vim.spairs(given) do
    if rules[name] == nil then
      local meant = nearest(tostring(name), vim.tbl_keys(rules))
      local hint = meant and (', did you mean "%s%s"?'):format(prefix, meant) or ''
      table.insert(mistakes, ('there is no "%s%s"%s'):format(prefix, name, hint))
    end
  end
  return resolved
end

---@param given any
---@return codecompass.ResolvedOptions, string[] mistakes
function M.resolve(given)
  local mistakes = {}
  if given ~= nil and type(given) ~= 'table' then
    table.insert(mistakes, 'the options must be a table, not ' .. vim.inspect(given))
    given = nil
  end
  local resolved = resolve(given or {}, schema, '', mistakes)
  if type(resolved.cmd) == 'string' then
    resolved.cmd = { resolved.cmd, 'lsp' }
  end
  table.sort(mistakes)
  ---@cast resolved codecompass.ResolvedOptions
  return resolved, mistakes
end

local added = nil ---@type table?
local current = nil ---@type codecompass.ResolvedOptions?
local wrong = {} ---@type string[]

---The options as they are.
---@return codecompass.ResolvedOptions
function M.get()
  if current then
    return current
  end
  local given = vim.g.codecompass
  if added then
    given = vim.tbl_deep_extend('force', type(given) == 'table' and given or {}, added)
  end
  current, wrong = M.resolve(given)
  if #wrong > 0 then
    local message = 'CodeCompass, in the options: ' .. table.concat(wrong, '; ')
    vim.schedule(function()
      vim.notify(message, vim.log.levels.WARN)
    end)
  end
  return current
end

---What is wrong with them.
---@return string[]
function M.mistakes()
  M.get()
  return wrong
end

---Takes more of them.
---@param more? codecompass.Options
function M.add(more)
  if more ~= nil and type(more) ~= 'table' then
    return vim.notify('CodeCompass: setup() takes a table, not ' .. vim.inspect(more), vim.log.levels.WARN)
  end
  added = vim.tbl_deep_extend('force', added or {}, more or {})
  current = nil
end

return M
