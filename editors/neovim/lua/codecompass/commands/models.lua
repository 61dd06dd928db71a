-- `:CodeCompass models [list|pull|delete|select] [NAME]`.

local float = require('codecompass.float')
local notice = require('codecompass.notice')
local request = require('codecompass.request')

local M = {}

local ACTIONS = { 'list', 'pull', 'delete', 'select' }

---@param models table[]
---@return string[]
local function table_of(models)
  return vim.tbl_map(function(model)
    local parts = { model.name or model.model or '?' }
    for _, member in ipairs({ 'host', 'role', 'parameters', 'quantization' }) do
      if type(model[member]) == 'string' and model[member] ~= '' then
        table.insert(parts, model[member])
      end
    end
    return table.concat(parts, '  ')
  end, models)
end

function M.command(rest)
  local action, name = rest:match('^(%S*)%s*(.*)$')
  action = action == '' and 'list' or action
  if not vim.tbl_contains(ACTIONS, action) then
    return notice.warn(
      ('there is no ":CodeCompass models %s"; there is %s'):format(action, table.concat(ACTIONS, ', '))
    )
  end
  if action ~= 'list' and name == '' then
    return notice.warn(('which model? ":CodeCompass models %s NAME"'):format(action))
  end
  local argument = name ~= '' and { model = name } or nil
  request.execute('codecompass.models.' .. action, argument, function(problem, result)
    if problem then
      return notice.fail(problem)
    end
    result = result or {}
    if result.models and #result.models > 0 then
      float.open({ title = 'Models', lines = table_of(result.models) })
    else
      notice.say(result.message or 'done')
    end
  end)
end

function M.complete()
  return ACTIONS
end

return M
