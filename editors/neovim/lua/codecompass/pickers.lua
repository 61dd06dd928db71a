-- What shows what was found. Each picker is one file that is loaded when it is used.

local notice = require('codecompass.notice')
local options = require('codecompass.options')

local M = {}

---@class codecompass.Picker
---@field usable fun(): boolean Whether it is installed, and what the user picks with.
---@field open fun(source: codecompass.Source)

local MODULES = {
  select = 'select',
  quickfix = 'quickfix',
  snacks = 'snacks',
  telescope = 'telescope',
  ['fzf-lua'] = 'fzf_lua',
  ['mini.pick'] = 'mini_pick',
}
-- Those that search while one types, the first one there is used.
M.LIVE = { 'snacks', 'telescope', 'fzf-lua', 'mini.pick' }

---@param name string
---@return codecompass.Picker
local function picker(name)
  return require('codecompass.pickers.' .. MODULES[name])
end

---@param name string
---@return boolean
function M.is_usable(name)
  return picker(name).usable()
end

---The picker that would be used.
---@return string
function M.chosen()
  local wanted = options.get().picker
  if wanted ~= 'auto' then
    return wanted
  end
  return vim.iter(M.LIVE):find(M.is_usable) or 'select'
end

---@param source codecompass.Source
---@param name? string
function M.open(source, name)
  name = name or M.chosen()
  if not MODULES[name] then
    return notice.warn(('there is no picker "%s"'):format(name))
  end
  if not M.is_usable(name) then
    notice.warn(('the picker "%s" is not installed; using vim.ui.select'):format(name))
    name = 'select'
  end
  picker(name).open(source)
end

return M
