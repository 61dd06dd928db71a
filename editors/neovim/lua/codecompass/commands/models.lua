-- `:CodeCompass models [list|pull|delete|select] [NAME] [HOST|ROLE]`. The server asks before it fetches or deletes.

local float = require('codecompass.float')
local notice = require('codecompass.notice')
local request = require('codecompass.request')

local M = {}

local ACTIONS = { 'list', 'pull', 'delete', 'select' }
local ROLES = { 'chat', 'explain', 'embed' }

---@param model table
---@return string
local function describe(model)
  local parts = { model.name, model.parameters or false, model.quantization or false }
  if model.size then
    table.insert(parts, ('%.1f GB'):format(model.size / 1e9))
  end
  if model.context then
    table.insert(parts, ('reads %d tokens'):format(model.context))
  end
  if model.loaded then
    local share = (model.loaded.size or 0) > 0 and 100 * model.loaded.on_gpu / model.loaded.size or 0
    table.insert(parts, ('loaded, %d%% on the GPU'):format(share))
  end
  if model.cloud then
    table.insert(parts, 'runs in the cloud')
  end
  return table.concat(
    vim.tbl_filter(function(part)
      return part
    end, parts),
    ', '
  )
end

---@param hosts table[]
---@return string[]
function M.lines(hosts)
  local lines = {}
  for _, host in ipairs(hosts) do
    vim.list_extend(lines, #lines > 0 and { '' } or {})
    vim.list_extend(lines, { ('# %s'):format(host.name or host.url), '' })
    if host.error then
      table.insert(lines, host.error)
    end
    for _, model in ipairs(host.models or {}) do
      table.insert(lines, '- ' .. describe(model))
    end
    if not host.error and #(host.models or {}) == 0 then
      table.insert(lines, 'There is no model; `:CodeCompass models pull NAME` fetches one.')
    end
  end
  return vim.split(table.concat(lines, '\n'), '\n')
end

-- The names of the models that hosts are known to have.
---@return string[]
local function known()
  local names = {}
  for _, host in ipairs((require('codecompass.status').last() or {}).hosts or {}) do
    vim.list_extend(names, host.models or {})
  end
  return vim.list.unique and vim.list.unique(names) or vim.fn.uniq(vim.fn.sort(names))
end

function M.command(rest)
  local words = vim.split(rest, '%s+', { trimempty = true })
  local action, name, place = words[1] or 'list', words[2], words[3]
  if not vim.tbl_contains(ACTIONS, action) then
    return notice.warn(
      ('there is no ":CodeCompass models %s"; there is %s'):format(action, table.concat(ACTIONS, ', '))
    )
  end
  if action ~= 'list' and not name then
    return notice.warn(('which model? ":CodeCompass models %s NAME"'):format(action))
  end
  local argument = name and { model = name, [action == 'select' and 'role' or 'host'] = place } or nil
  request.execute('codecompass.models.' .. action, argument, function(problem, result)
    if problem then
      return notice.fail(problem)
    end
    result = result or {}
    if result.hosts then
      float.open({ title = 'Models', lines = M.lines(result.hosts), filetype = 'markdown' })
    else
      notice.say(result.message or 'done')
    end
  end)
end

---@param rest string What is typed behind the name of the command.
function M.complete(_, rest)
  local _, words = rest:gsub('%S+%s+', '')
  if words == 0 then
    return ACTIONS
  elseif words == 1 then
    return known()
  end
  return rest:match('^select') and ROLES or {}
end

return M
