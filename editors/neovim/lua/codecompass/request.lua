-- Requests to the server: they can be taken back, and end with a sentence when the server does.

local server = require('codecompass.server')

local M = {}

---@class codecompass.Request
---@field cancel fun() Nobody waits for it any more; its callback is not called.
---@field done boolean

---@alias codecompass.Callback fun(problem?: string, result?: any)

---@class codecompass.Running
---@field client integer
---@field id? integer
---@field finish fun(problem?: string, result?: any)

local running = {} ---@type table<codecompass.Request, codecompass.Running>

---Members that are null are left out, as everywhere else in Lua.
---@param value any
---@return any
local function without_null(value)
  if value == vim.NIL then
    return nil
  end
  if type(value) == 'table' then
    for key, member in pairs(value) do
      value[key] = without_null(member)
    end
  end
  return value
end

---@param method string
---@param params table
---@param callback codecompass.Callback
---@return codecompass.Request
function M.send(method, params, callback)
  local request = { done = false }
  local cancelled, id, asked = false, nil, nil ---@type boolean, integer?, vim.lsp.Client?

  local function finish(problem, result)
    running[request] = nil
    if request.done or cancelled then
      return
    end
    request.done = true
    callback(problem, result)
  end

  function request.cancel()
    if request.done or cancelled then
      return
    end
    cancelled = true
    running[request] = nil
    if asked and id and not asked:is_stopped() then
      asked:cancel_request(id)
    end
  end

  server.with(function(client, problem)
    if cancelled then
      return
    end
    if not client then
      return finish(problem)
    end
    asked = client
    running[request] = { client = client.id, finish = finish }
    local sent, number = client:request(method, params, function(err, result)
      vim.schedule(function()
        finish(err and (err.message or vim.inspect(err)) or nil, without_null(result))
      end)
    end)
    id = number
    if running[request] then
      running[request].id = number
    end
    if not sent then
      finish('the server does not take requests any more')
    end
  end)
  return request
end

---Carries out a command of the server.
---@param command string
---@param argument? table
---@param callback codecompass.Callback
---@return codecompass.Request
function M.execute(command, argument, callback)
  local params = { command = command, arguments = argument and { argument } or {} }
  return M.send('workspace/executeCommand', params, callback)
end

-- When the server itself gives a request up, Neovim tells nobody but this event.
vim.api.nvim_create_autocmd('LspRequest', {
  group = 'codecompass',
  desc = 'end requests that the server gave up',
  callback = function(event)
    local told = event.data
    if told.request.type ~= 'complete' then
      return
    end
    for _, entry in pairs(running) do
      if entry.client == told.client_id and entry.id == told.request_id then
        -- An answer comes before that; nothing happens then.
        vim.defer_fn(function()
          entry.finish('the server gave it up')
        end, 200)
        return
      end
    end
  end,
})

---Ends everything that a server was asked and did not answer.
---@param client integer
---@param problem string
function M.fail_all(client, problem)
  for _, entry in pairs(vim.tbl_extend('force', {}, running)) do
    if entry.client == client then
      entry.finish(problem)
    end
  end
end

return M
