-- What both kinds of Neovim need: the one that tests, and the ones that it starts to see how they end.

local M = {}

-- Does what the first Lua block below a heading of the documentation says, so that what people copy is what is tested.
function M.follow(page, heading)
  local text = table.concat(vim.fn.readfile(page), '\n')
  local _, at = text:find('\n## ' .. heading .. '\n', 1, true)
  local block = text:match('```lua\n(.-)\n```', assert(at, 'the page has no "' .. heading .. '"'))
  assert(load(assert(block, 'there is no Lua below it'), page))()
end

-- The server without the plugin. `more` is added to what the page says; before, because the block starts the server in a
-- Neovim that has started already.
function M.configure(page, more)
  vim.lsp.config('codecompass', more or {})
  M.follow(page, 'Without the plugin')
end

-- The programs that this Neovim runs.
function M.children()
  return vim.api.nvim_get_proc_children(vim.fn.getpid())
end

-- Whether a process is there and has not ended: one that nobody waited for is still there.
function M.runs(pid)
  local file = io.open('/proc/' .. pid .. '/stat')
  if not file then
    return vim.fn.isdirectory('/proc') == 0 and vim.uv.kill(pid, 0) == 0
  end
  local state = file:read('a'):match('.*%) (%a)')
  file:close()
  return state ~= 'Z'
end

-- Starts another Neovim on the project and waits until its server is ready.
function M.start(here, page, project)
  local job = vim.fn.jobstart({ vim.env.TEST_NVIM, '--clean', '--embed', '--headless' }, { rpc = true, cwd = project })
  assert(job > 0, 'Neovim does not start')
  local function call(code, ...)
    return vim.rpcrequest(job, 'nvim_exec_lua', code, { ... })
  end
  call(
    [[
    local here, page = ...
    vim.cmd('filetype on')
    dofile(here .. '/session.lua').configure(page)
    vim.cmd.edit('src/main.rs')
  ]],
    here,
    page
  )
  local ready = vim.wait(10000, function()
    return call([[
      local client = vim.lsp.get_clients()[1]
      return client ~= nil and client.initialized == true
    ]])
  end, 20)
  assert(ready, 'the server is not ready')
  return {
    pid = vim.fn.jobpid(job),
    server = call([[return vim.api.nvim_get_proc_children(vim.fn.getpid())[1] ]]),
    send = function(command)
      vim.rpcnotify(job, 'nvim_command', command)
    end,
    stop = function()
      vim.fn.jobstop(job)
    end,
  }
end

return M
