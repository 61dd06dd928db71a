-- `:CodeCompass NAME …`: which commands there are, what completes them, and who carries them out.

local notice = require('codecompass.notice')

local M = {}

---@class codecompass.Command
---@field command fun(rest: string, call: vim.api.keyset.create_user_command.command_args)
---@field complete? fun(lead: string, rest: string): string[]

-- The names, each with its module; several small ones share one.
local COMMANDS = {
  search = 'search',
  ask = 'ask',
  explain = 'explain',
  similar = 'similar',
  chat = 'chat',
  status = 'status',
  models = 'models',
  doctor = 'doctor',
  why = 'why',
  reindex = 'index',
  pause = 'index',
  resume = 'index',
  log = 'log',
  restart = 'restart',
}

M.NAMES = vim.tbl_keys(COMMANDS)
table.sort(M.NAMES)

---@param name string
---@return codecompass.Command
local function module(name)
  return require('codecompass.commands.' .. COMMANDS[name])
end

---@param call vim.api.keyset.create_user_command.command_args
function M.run(call)
  local name, rest = call.args:match('^%s*(%S*)%s*(.-)%s*$')
  ---@cast name string
  ---@cast rest string
  if name == '' then
    return notice.say('what? ' .. table.concat(M.NAMES, ', '))
  end
  if not COMMANDS[name] then
    local meant = vim.fn.matchfuzzy(M.NAMES, name)[1]
    local hint = meant and (', did you mean "%s"?'):format(meant) or '; there is ' .. table.concat(M.NAMES, ', ')
    return notice.warn(('there is no ":CodeCompass %s"%s'):format(name, hint))
  end
  module(name).command(rest, call)
end

---@param candidates string[]
---@param lead string
---@return string[]
local function beginning_with(candidates, lead)
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

---@param lead string
---@param line string
---@param position integer
---@return string[]
function M.complete(lead, line, position)
  local before = line:sub(1, position)
  local typed = before:match('CodeCompass!?%s+(.*)$') or ''
  local name = typed:match('^(%S+)%s')
  if not name then
    return beginning_with(M.NAMES, lead)
  end
  if not COMMANDS[name] then
    return {}
  end
  local complete = module(name).complete
  return complete and beginning_with(complete(lead, typed:sub(#name + 1):gsub('^%s+', '')), lead) or {}
end

return M
